"""The one place of pypact's metadata; the tools' settings are in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

setup(
    name="pypact-contracts",
    version="0.1.0",
    description="Consumer-driven contract testing (Pact) without a server",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=find_packages(include=["pypact", "pypact.*"]),
    package_data={"pypact": ["py.typed"]},
    install_requires=[
        # Each has its reason in ARCHITECTURE.md, "Dependencies".
        "requests>=2.31",
        "urllib3>=2.0.7",
        "wrapt>=1.16",
        "responses>=0.25",
        "click>=8.1",
        "filelock>=3.12",
        "rstr>=3.2",
        "defusedxml>=0.7.1",
    ],
    extras_require={
        "test": [
            "boto3>=1.34",
            "bottle>=0.13",
            "django>=4.2",
            "falcon>=4.0",
            "fastapi>=0.110",
            "flask>=3.0",
            "flask-sqlalchemy>=3.1",
            "hypothesis>=6.100",
            "pyramid>=2.0",
            "pytest>=8.2",
            "pytest-asyncio>=0.24",
            "pytest-bdd>=8.1",
            "pytest-socket>=0.7",
            "pytest-xdist>=3.6",
            "quart>=0.20",
            "sqlalchemy>=2.0.40",
            "starlette>=0.37",
            "trustme>=1.1",
        ],
    },
    entry_points={
        "console_scripts": ["pypact = pypact.cli:main"],
        "pytest11": ["pypact = pypact.pytest_plugin"],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Framework :: Pytest",
        "Intended Audience :: Developers",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: 3.14",
        "Topic :: Software Development :: Testing",
        "Typing :: Typed",
    ],
)
