"""Run the Python and console blocks of the pages in docs/, and check their links.

CONTRIBUTING.md, "Documentation", has the rules for the authors of pages.
"""

import atexit
import contextlib
import importlib
import io
import pkgutil
import re
import runpy
import shlex
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from broker import called_as
from click.testing import CliRunner
from deploying_broker import DeployingBroker

import pypact

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

FENCE = re.compile(
    r"(?P<note><!-- (?P<mark>not run|fails): (?P<reason>[^\n]*) -->\n\s*)?"
    r"^(?P<indent>[ ]*)(?P<fence>```+)(?P<language>[a-z]*)(?P<options>[^\n]*)\n"
    r"(?P<body>.*?)^(?P=indent)(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
TITLE = re.compile(r'title="([^"]+)"')
IS_TEST = re.compile(
    r"^\s*(?:(?:async )?def test_|class Test\w*|@pytest\.fixture|@\w+\.each\()",
    re.MULTILINE,
)
BROKER = "https://broker.example.com"  # as pages write it
PRODUCTION = {
    "uuid": "UUID-0",
    "name": "production",
    "displayName": "Production",
    "production": True,
}
# Commands that need the network, another program or a user.
OUTSIDE = (
    *("pip", "venv", "git", "docker", "tox", "cd", ".", "curl", "deploy.sh"),
    *("flask", "uvicorn", "gunicorn", "mkdocs"),
)


@dataclass(frozen=True)
class Fence:
    """A fenced block of a page; `line` is that of its first line of code."""

    page: Path
    line: int
    language: str
    title: str | None
    body: str
    mark: str | None

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def list_pages() -> list[Path]:
    pages = DOCS.rglob("*.md")
    return sorted(page for page in pages if "internals" not in page.parts)


def read_fences(page: Path) -> list[Fence]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        lines = match["body"].splitlines()
        title = TITLE.search(match["options"])
        found.append(
            Fence(
                page,
                text.count("\n", 0, match.start("body")) + 1,
                match["language"],
                title and title[1],
                "".join(f"{line[indent:]}\n" for line in lines),
                match["mark"],
            )
        )
    return found


def read_commands(fence: Fence, body: str | None = None) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output that is shown."""
    commands: list[tuple[str, str]] = []
    for line in (fence.body if body is None else body).splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], ""))
        elif commands and commands[-1][0].endswith("\\") and not commands[-1][1]:
            commands[-1] = (commands[-1][0][:-1] + line.strip(), "")
        elif commands:
            commands[-1] = (commands[-1][0], f"{commands[-1][1]}{line}\n")
    return commands


def import_early() -> None:
    """Import all of pypact, and the frameworks of the pages.

    pytester forgets what was imported during its test. A page needs one copy of pypact
    for all of its blocks, and the frameworks take long to import.
    """
    for name in ("aiohttp", "fastapi", "flask_sqlalchemy", "httpx", "requests"):
        importlib.import_module(name)
    for found in pkgutil.walk_packages(pypact.__path__, "pypact."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


@contextlib.contextmanager
def stopping_services():
    """Stop, at the end of a page, what it wants to stop at the end of the process."""
    register, registered = atexit.register, []

    def note(function, *arguments, **options):
        if str(getattr(function, "__module__", "")).startswith("pypact.compat"):
            registered.append(function)
            return function
        return register(function, *arguments, **options)

    with mock.patch("atexit.register", note):
        yield
    for function in reversed(registered):
        function()


class PageRunner:
    """Runs the blocks of one page, in their order, in one folder and namespace."""

    def __init__(self, pytester, monkeypatch, page: Path, plugins: tuple[str, ...]):
        self.pytester = pytester
        self.folder = pytester.path
        self.monkeypatch = monkeypatch
        self.fences = read_fences(page)
        self.runs_apart = "<!-- runs in processes of its own -->" in page.read_text(
            encoding="utf-8"
        )
        self.plugins = plugins
        self.namespace: dict[str, object] = {"__name__": "page"}

    def run(self) -> None:
        """Run all blocks; the broker of the pages is a fake one."""
        broker = DeployingBroker(environments=[dict(PRODUCTION)])
        with called_as(broker, BROKER), stopping_services():
            self._run_blocks()

    def _run_blocks(self) -> None:
        for number, fence in enumerate(self.fences):
            if fence.mark == "not run":
                continue
            if fence.language == "python":
                later = self.fences[number + 1 :]
                self._run_python(fence, later)
            elif fence.language == "console":
                self._run_console(fence)
            elif fence.title:
                self._write(fence)

    def _write(self, fence: Fence) -> Path:
        path = self.folder / fence.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fence.body, encoding="utf-8")
        # A page may show a file again, changed; the times of files are too coarse.
        for cached in path.parent.glob(f"__pycache__/{path.stem}.*"):
            cached.unlink()
        for name, module in list(sys.modules.items()):
            if getattr(module, "__file__", None) == str(path):
                del sys.modules[name]
        return path

    def _run_python(self, fence: Fence, later: list[Fence]) -> None:
        if fence.title:
            path = self._write(fence)
            if any(_names_file(one, fence.title) for one in later):
                return
            if path.name.startswith("test_"):
                self._run_tests(fence, path.name)
            elif path.name != "conftest.py" and not self.runs_apart:
                with self._in_folder():
                    runpy.run_path(str(path), run_name="page")
        elif IS_TEST.search(fence.body):
            self._run_snippet_tests(fence)
        else:
            code = "\n" * (fence.line - 1) + fence.body
            with self._in_folder():
                exec(compile(code, fence.place, "exec"), self.namespace)

    def _run_snippet_tests(self, fence: Fence) -> None:
        path = self.folder / f"test_line_{fence.line}.py"
        head = "import page_so_far as _page; globals().update(_page.names)"
        blank = "\n" * max(fence.line - 2, 0)
        tail = "\n_page.names.update(globals())\n"
        path.write_text(f"{head}\n{blank}{fence.body}{tail}", encoding="utf-8")
        page = type(sys)("page_so_far")
        private = ("__name__", "__file__", "__spec__", "__loader__", "__builtins__")
        page.names = {k: v for k, v in self.namespace.items() if k not in private}
        self.monkeypatch.setitem(sys.modules, "page_so_far", page)
        self._run_tests(fence, path.name)
        self.namespace = {**page.names, "__name__": "page"}
        path.unlink()

    def _run_tests(self, fence: Fence, name: str) -> None:
        code, output = self._run_pytest(["-q", name])
        assert code == int(fence.mark == "fails"), f"{fence.place}\n{output}"

    def _run_console(self, fence: Fence) -> None:
        for command, expected in read_commands(fence):
            words = shlex.split(command, comments=True)
            variables = {}
            while words and re.match(r"[A-Z_]+=", words[0]):
                name, _, value = words.pop(0).partition("=")
                variables[name] = value
            if words[0] == "export":
                name, _, value = words[1].partition("=")
                self.monkeypatch.setenv(name, value)
                continue
            run = self._find_program(words)
            if run is None:
                continue
            with mock.patch.dict("os.environ", variables):
                code, output = run(words)
            place = f"{fence.place}: {command}"
            if expected:
                check_output(expected, self._shorten(output), place)
            else:
                assert code == 0, f"{place}\n{output}"

    def _find_program(self, words):
        program = words[0].rpartition("/")[2] or words[0]
        if program in ("python", "python3") and words[1:2] == ["-m"]:
            del words[:2]
            program = words[0]
        if program in OUTSIDE:
            return None
        del words[0]
        return {
            "pytest": self._run_pytest,
            "pypact": self._run_pypact,
            "python": self._run_script,
            "unittest": self._run_unittest,
            "cat": self._run_cat,
            "ls": self._run_ls,
        }[program]

    def _run_pytest(self, words):
        plugins = [part for name in self.plugins for part in ("-p", name)]
        # The plugin was imported before: pytest warns of it in editable installations.
        quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
        options = [*plugins, "-p", "no:cacheprovider", *quiet, *words]
        if self.runs_apart:
            result = self.pytester.runpytest_subprocess(*options)
        else:
            with self._in_folder(defers=True):
                result = self.pytester.runpytest_inprocess(*options)
        return result.ret, result.stdout.str() + "\n" + result.stderr.str()

    def _run_pypact(self, words):
        from pypact.cli import main

        with self._in_folder():
            result = CliRunner().invoke(main, words, prog_name="pypact")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    def _run_script(self, words):
        output = io.StringIO()
        with (
            self._in_folder(),
            mock.patch.object(sys, "argv", words),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            try:
                runpy.run_path(words[0], run_name="__main__")
            except SystemExit as end:
                return end.code or 0, output.getvalue()
        return 0, output.getvalue()

    def _run_unittest(self, words):
        output = io.StringIO()
        runner = unittest.TextTestRunner(output, verbosity=2 if "-v" in words else 1)
        with self._in_folder(), contextlib.redirect_stdout(output):
            argv = ["unittest", *words]
            program = unittest.main(None, argv=argv, exit=False, testRunner=runner)
        return int(not program.result.wasSuccessful()), output.getvalue()

    def _run_cat(self, words):
        return 0, (self.folder / words[0]).read_text(encoding="utf-8")

    def _run_ls(self, words):
        names = sorted(path.name for path in (self.folder / words[0]).iterdir())
        return 0, "\n".join(names)

    @contextlib.contextmanager
    def _in_folder(self, *, defers: bool = False):
        """Import from the page's folder; write contracts at once, as in a script."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(sys, "path", ["", *sys.path]))
            stack.enter_context(mock.patch.object(sys, "dont_write_bytecode", True))
            if not defers:
                name = "pypact.consumer.writer.is_writing_deferred"
                stack.enter_context(mock.patch(name, return_value=False))
            yield

    def _shorten(self, output: str) -> str:
        return output.replace(f"{self.folder}/", "").replace(str(self.folder), ".")


def _names_file(fence: Fence, title: str) -> bool:
    """Return whether a console block runs a file, or all tests."""
    if fence.language != "console":
        return False
    commands = [command for command, _ in read_commands(fence)]
    is_test = Path(title).name.startswith("test_")
    named = re.compile(rf"\b{Path(title).stem}\b")
    return any(
        named.search(command) or (is_test and re.search(r"pytest( -\w+)*$", command))
        for command in commands
    )


def check_output(expected: str, actual: str, place: str) -> None:
    """Compare output with what a page shows, in which `...` replaces anything."""
    shown, real = normalize(expected), normalize(actual)
    pattern = r"\n".join(
        r"(?:.*(?:\n.*)*?)??" if line.strip() == "..." else _escape(line)
        for line in shown.splitlines()
    )
    if not re.fullmatch(pattern, real):
        raise AssertionError(
            f"{place}: the page shows\n{expected}\nthe command printed\n{actual}"
        )


def _escape(line: str) -> str:
    return ".*".join(map(re.escape, line.split("...")))


def normalize(text: str) -> str:
    """Remove what differs between runs and terminals."""
    text = re.sub(r"\d+(\.\d+ ?s|m?s| ms)\b", "N s", text)
    text = re.sub(r"\b[0-9a-f]{7,}\b", "HEX", text)
    text = text.replace("collecting ... ", "")
    text = re.sub(r" +\[ *(\d+)%\]", r"  [\1%]", text)
    text = re.sub(r"^[E ]*[\^~]+ *\n", "", text, flags=re.MULTILINE)  # not in 3.10
    text = re.sub(r"={3,}", "===", text)
    text = re.sub(r"_{3,}", "___", text)
    text = re.sub(r"-{3,}", "---", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def slug(heading: str) -> str:
    """Return the anchor of a heading, as Python-Markdown makes it."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    kept = re.sub(r"[^\w\s-]", "", plain).strip().lower()
    return re.sub(r"[-\s]+", "-", kept)


def read_anchors(page: Path) -> set[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = {
        slug(one) for one in re.findall(r"^#+ (.+?)(?: \{.*\})?$", text, re.MULTILINE)
    }
    return found | set(re.findall(r"\{ ?#([\w-]+) ?\}", text))


def list_broken_links(page: Path) -> list[str]:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for link in LINK.findall(re.sub(r"`[^`\n]*`", "", text)):
        if re.match(r"https?://|mailto:", link):
            continue
        name, _, anchor = link.partition("#")
        file = page.parent / name if name else page
        if not file.exists() or (
            anchor and file.suffix == ".md" and anchor not in read_anchors(file)
        ):
            broken.append(link)
    return broken
