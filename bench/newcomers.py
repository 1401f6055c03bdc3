"""Follow pages of the documentation in a bare environment, as four newcomers would.

`python bench/newcomers.py` makes an empty environment for each person, installs the
built package and what the page needs, writes the files of the page and runs its
commands in a shell. It prints the seconds that this takes. It fails if a command fails
or prints something else than the page shows. It needs the extra `test`, and access to a
package index.

The broker of the pages is a fake one on a port of this machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import doc_pages  # noqa: E402 -- after the change of the path
from deploying_broker import DeployingBroker  # noqa: E402 -- the same

# Who reads which page, with the packages that their project has already.
PEOPLE = {
    "a consumer's developer": ("tutorial.md", "flask pytest requests"),
    "a provider's engineer": ("provider/runners.md", "flask pytest"),
    "a user of pact-python 2": ("migration/pact-python-2.md", "flask pytest requests"),
    "the keeper of a pipeline": ("team/can-i-deploy.md", "flask"),
}


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


def follow(page: Path, packages: str, folder: Path, broker: str) -> None:
    """Do what a page says; raise if something else happens."""
    python = folder / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, str(ROOT), *packages.split()], check=True)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PACT_", "PYPACT_", "PYTHON", "CI"))
    }
    environment |= {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "88",
        "PYTHONDONTWRITEBYTECODE": "1",  # pages change files within a second
    }
    before: list[str] = []
    for fence in doc_pages.read_fences(page):
        if fence.mark:
            continue
        body = fence.body.replace(doc_pages.BROKER, broker)
        if fence.title:
            path = folder / fence.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        elif fence.language == "python":
            before.append(body)
            script = folder / ".page.py"
            script.write_text("\n".join(before), encoding="utf-8")
            subprocess.run(
                [python, script],
                check=True,
                cwd=folder,
                env={**environment, "PYTHONPATH": str(folder)},
                stdout=subprocess.DEVNULL,
            )
        elif fence.language == "console":
            run_commands(fence, body, folder, environment)


def run_commands(
    fence: doc_pages.Fence, body: str, folder: Path, environment: dict[str, str]
) -> None:
    """Run the commands of a block in a shell, and compare what they print."""
    for command, expected in doc_pages.read_commands(fence, body):
        words = command.split()
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
            continue
        if words[0] in (".", "pip") or "venv" in words:
            continue  # the environment is there
        run = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        output = (run.stdout + run.stderr).replace(f"{folder}/", "")
        if expected:
            doc_pages.check_output(expected, output, f"{fence.place}: {command}")
        elif run.returncode:
            raise SystemExit(f"{fence.place}: {command}\n{output}")


def main() -> None:
    """Follow the pages, one after the other."""
    for person, (name, packages) in PEOPLE.items():
        app = DeployingBroker(environments=[dict(doc_pages.PRODUCTION)])
        server = make_server("localhost", 0, app, handler_class=_QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        broker = f"http://localhost:{server.server_port}"
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            page = doc_pages.DOCS / name
            follow(page, packages, Path(folder).resolve(), broker)
        server.shutdown()
        print(f"{person}: {name} in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
