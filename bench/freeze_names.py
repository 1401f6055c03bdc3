"""Public names with their signatures, and the options of the command and of pytest."""

from __future__ import annotations

import builtins
import collections.abc
import contextlib
import importlib
import importlib.metadata
import inspect
import io
import re
import typing
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

import pypact

__all__ = ["command_options", "public_names", "pytest_options"]

MODULES = ["bodies", "fault", "generate", "match", "select"]
EXTENSIONS = ["responses", "sqlalchemy"]


def public_names() -> dict[str, object]:
    """Return each public name with its signature, and those of its members."""
    found: dict[str, object] = {}
    for name in pypact.__all__:
        if name not in MODULES and not name.startswith("__"):
            found[f"pypact.{name}"] = described(getattr(pypact, name))
    for module in MODULES:
        found.update(names_of(f"pypact.{module}"))
    for module in EXTENSIONS:
        found.update(names_of(f"pypact.ext.{module}"))
    for name, value in held():
        found[f"held: {name}"] = described(type(value))
    if hasattr(pypact, "__version__"):
        found["pypact.__version__"] = "a string"
    return found


def names_of(module_name: str) -> Iterator[tuple[str, object]]:
    """Give the names that a module exports."""
    module = importlib.import_module(module_name)
    for name in module.__all__:
        yield f"{module_name}.{name}", described(getattr(module, name))


def held() -> Iterator[tuple[str, object]]:
    """Give what users hold without naming its class, by where it comes from."""
    pact = pypact.Consumer("Web").has_pact_with("Users")
    http = pact.given("a").upon_receiving("b").with_request("GET", "/")
    yield "Pact.upon_receiving", http
    yield "HTTP interaction", http.will_respond_with(200).to_interaction()
    message = pact.expects_message("m").with_contents({})
    yield "Pact.expects_message", message
    yield "message interaction", message.to_interaction()
    yield "message", message.to_interaction().message
    sync = pact.expects_sync_message("s").with_request({}).will_respond_with({})
    yield "Pact.expects_sync_message", sync
    yield "synchronous message interaction", sync.to_interaction()
    yield "provider state", http.to_interaction().states[0]
    yield "headers", http.to_interaction().request.headers
    yield "query", http.to_interaction().request.query
    yield "body", http.to_interaction().request.body
    with pypact.Consumer("A").has_pact_with("B", port=1).intercept() as calls:
        yield "calls", calls
    yield "Pact.serve", pact.serve()
    yield "Verifier.filter_consumer", pypact.Verifier("Users").filter_consumer("Web")
    result = pypact.Verifier(
        "Users", app=empty, pacts=pypact.Contract("Web", "Users", (interaction(),))
    ).verify(reports=[])
    yield "verification result", result
    yield "interaction result", result.interactions[0]


def interaction() -> Any:
    """Make one interaction that passes."""
    pact = pypact.Consumer("Web").has_pact_with("Users")
    http = pact.upon_receiving("x").with_request("GET", "/")
    return http.will_respond_with(200).to_interaction()


def empty(_: object, start_response: Callable[..., object]) -> list[bytes]:
    """Answer 200 without a body."""
    start_response("200 OK", [])
    return [b""]


# -- signatures ----------------------------------------------------------------------


def described(value: object) -> object:
    """Describe a function by its signature, a class by it and its public members."""
    if inspect.isclass(value):
        return {
            "()": signature(value),
            "bases": [
                one.__name__
                for one in value.__mro__[1:-1]
                if one.__module__ == "builtins" or one.__name__ in pypact.__all__
            ],
            **{
                name: member(value, name)
                for name in dir(value)
                if not name.startswith("_") and is_own(value, name)
            },
        }
    return signature(value) if inspect.isroutine(value) else type(value).__name__


def is_own(owner: type, name: str) -> bool:
    """Return whether a member is not just one of the builtin bases."""
    return any(
        name in vars(one) for one in owner.__mro__ if one.__module__ != "builtins"
    )


def member(owner: type, name: str) -> str:
    """Describe one public member of a class."""
    found = inspect.getattr_static(owner, name)
    if isinstance(found, (staticmethod, classmethod)) or inspect.isroutine(found):
        return f"{type(found).__name__} {signature(getattr(owner, name))}"
    if isinstance(found, property) or inspect.isdatadescriptor(found):
        return "attribute"
    return "value"


def signature(value: Any) -> str:
    """Write a signature without names of internal types."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return "no signature"
    parameters = [
        one.replace(annotation=annotation(one.annotation), default=Default(one.default))
        if one.default is not one.empty
        else one.replace(annotation=annotation(one.annotation))
        for one in found.parameters.values()
    ]
    found = found.replace(
        parameters=parameters, return_annotation=annotation(found.return_annotation)
    )
    return str(found)


class Default:
    """A default value, shown if it is plain."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        plain = (str, int, float, bool, bytes, Decimal, type(None))
        if isinstance(self._value, plain) or self._value in ((), []):
            return repr(self._value)
        return "<a value>"


def annotation(value: object) -> object:
    """Replace the names of internal types in an annotation by `_`."""
    if value is inspect.Signature.empty:
        return value
    text = value if isinstance(value, str) else inspect.formatannotation(value)
    text = re.sub(r"ForwardRef\('([^']*)'\)", r"\1", text.strip("'"))
    # Of a dotted name the last part counts: where a type lives is internal.
    text = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text)
    return Bare(re.sub(r"[A-Za-z_]\w*", lambda one: known(one[0]), text))


def known(name: str) -> str:
    """Return the name if it is public or of the standard library, else `_`."""
    return name if name in KNOWN else "_"


class Bare(str):
    """An annotation that shows itself without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


# Fixed, so that a type that becomes public changes no annotation.
KNOWN = {
    *(name for name in dir(builtins) if not name.startswith("_")),
    *collections.abc.__all__,
    *typing.__all__,
    *("PathLike", "Decimal", "Json", "Self", "Unpack", "date", "datetime", "time"),
    *("BlockMisuse", "Broker", "Consumer", "Contract", "Mismatch", "MockServer"),
    *("Pact", "Provider", "Request", "Response", "StubServer", "UrlSource"),
    *("Verifier", "Calls", "Exchange", "OutgoingRequest", "VerificationResult"),
    *("ContractCoverage", "Matcher", "Fault", "Element", "Part", "Contents"),
    *("GeneratedValue", "Selector", "Rule", "RuleList", "Generator", "TestCase"),
}

# -- options -------------------------------------------------------------------------


def command_options() -> dict[str, object]:
    """Return the options of the command and of each command below it."""
    scripts = importlib.metadata.entry_points(group="console_scripts")
    [script] = [one for one in scripts if one.name == "pypact"]
    command = script.load()
    return dict(of_command("pypact", command))


def of_command(name: str, command: click.Command) -> Iterator[tuple[str, object]]:
    """Give the parameters of a command, and of those below it."""
    yield name, {of_parameter(one): details(one) for one in command.params}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from of_command(f"{name} {below}", found)


def of_parameter(parameter: click.Parameter) -> str:
    """Name a parameter as users write it."""
    if isinstance(parameter, click.Argument):
        return parameter.human_readable_name
    return " ".join([*parameter.opts, *parameter.secondary_opts])


def details(parameter: click.Parameter) -> dict[str, object]:
    """Describe a parameter without its words."""
    kind = parameter.type
    limits = {
        name: plain(getattr(kind, name))
        for name in ("choices", "min", "max", "min_open", "max_open", "exists")
        if hasattr(kind, name)
    }
    return {
        # A type made of a function has that function's private name.
        "type": "function"
        if isinstance(kind, click.types.FuncParamType)
        else kind.name,
        **limits,
        "default": plain(parameter.default),
        "required": parameter.required,
        "envvar": plain(parameter.envvar),
        "multiple": parameter.multiple,
        "nargs": parameter.nargs,
        "is_flag": getattr(parameter, "is_flag", None),
        "hidden": getattr(parameter, "hidden", None),
        "is_eager": parameter.is_eager,
    }


def plain(value: object) -> object:
    """Return a value if JSON has it, else the name of its type."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return f"<{type(value).__name__}>"


class Watch:
    """A plugin of pytest that notes what pypact adds to it."""

    def __init__(self) -> None:
        self.found: dict[str, object] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        """Note options, keys of the ini file, and markers."""
        parser: Any = config._parser  # noqa: SLF001 -- pytest lists its options nowhere else
        for group in [*parser._groups, parser._anonymous]:  # noqa: SLF001 -- the same
            for option in group.options:
                names = option.names()
                if any(one.startswith("--pypact") for one in names):
                    attributes = option.attrs()
                    self.found[f"option {' '.join(names)}"] = {
                        name: plain(value)
                        for name, value in attributes.items()
                        if name in ("nargs", "const", "default", "choices")
                    }
        for key, (_, kind, default) in parser._inidict.items():  # noqa: SLF001 -- the same
            if key.startswith("pypact"):
                self.found[f"ini {key}"] = {"type": kind, "default": plain(default)}
        for line in config.getini("markers"):
            if line.startswith("pypact"):
                self.found[f"marker {line.partition(':')[0]}"] = {}


def pytest_options(folder: Path) -> dict[str, object]:
    """Return what pypact's plugin adds to pytest, seen in an empty folder."""
    watch = Watch()
    ini = folder / "pytest.ini"
    ini.write_text("[pytest]\naddopts =\n", encoding="utf-8")
    arguments = ["--collect-only", "-qq", "-p", "no:cacheprovider", "-c", str(ini)]
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        pytest.main([*arguments, str(folder)], plugins=[watch])
    return watch.found
