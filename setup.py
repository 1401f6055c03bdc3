"""The one place of pypact's metadata; the tools' settings are in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

REPOSITORY = "https://github.com/pypact-contracts/pypact"  # ci.yml compares it


def read_description() -> str:
    """Return the README with links that also work outside of the repository."""
    text = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    return re.sub(r"\]\((?!\w+:|#)", f"]({REPOSITORY}/blob/main/", text)


setup(
    name="pypact-contracts",
    version="0.1.0",
    description="Consumer-driven contract testing (Pact) without a server",
    long_description=read_description(),
    long_description_content_type="text/markdown",
    keywords=[
        "pact",
        "contract testing",
        "consumer-driven contracts",
        "testing",
        "pytest",
        "http",
    ],
    project_urls={
        "Documentation": f"{REPOSITORY}/blob/main/docs/index.md",
        "Source": REPOSITORY,
        "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Issues": f"{REPOSITORY}/issues",
    },
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=find_packages(include=["pypact", "pypact.*"]),
    package_data={"pypact": ["py.typed", "pages/templates/*"]},
    install_requires=[
        # Each has its reason in ARCHITECTURE.md, "Dependencies".
        "requests>=2.31",
        "urllib3>=2.0.7",
        "wrapt>=1.16",
        "responses>=0.25",
        "click>=8.2",
        "filelock>=3.12",
        "rstr>=3.2",
        "defusedxml>=0.7.1",
    ],
    extras_require={
        "docs": [
            "mkdocs>=1.6.1",
            "mkdocs-material>=9.7",
            "mkdocstrings[python]>=1.0",
            "ruff",  # mkdocstrings formats signatures with it
        ],
        "examples": ["hypothesis>=6.100"],
        "html": ["jinja2>=3.1"],
        "test": [
            "aiohttp>=3.10",
            "boto3>=1.34",
            "bottle>=0.13",
            "brotli>=1.1",
            "django>=4.2",
            "djangorestframework>=3.15",
            "elasticsearch>=8.15",
            "falcon>=4.0",
            "fastapi>=0.110",
            "flask>=3.0",
            "flask-sqlalchemy>=3.1",
            "httpbin>=0.10",
            "httpx2>=2.0",
            "httpx>=0.27",
            "html5lib>=1.1",
            "hypothesis>=6.100",
            "jinja2>=3.1",
            "litestar>=2.12",
            "openai>=1.50",
            "pygithub>=2.4",
            "pyramid>=2.0",
            "pytest>=8.2",
            "pytest-asyncio>=0.24",
            "pytest-bdd>=8.1",
            "pytest-django>=4.9",
            "pytest-httpx>=0.32",
            "pytest-socket>=0.7",
            "pytest-xdist>=3.6",
            "pyyaml>=6.0",
            "quart>=0.20",
            "requests-mock>=1.12",
            "respx>=0.21",
            "slack-sdk>=3.30",
            "sqlalchemy>=2.0.40",
            "starlette>=0.37",
            "trustme>=1.1",
            "vcrpy>=6.0",
            "zstandard>=0.22",
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
