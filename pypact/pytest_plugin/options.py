"""Define the pytest options of pypact, and read their values."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import pytest

_Kind: TypeAlias = Literal["args", "bool", "string"]


def add_options(
    parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager
) -> None:
    """Add all options, and ini keys for most of them."""
    pluginmanager.register(ReportOptions(parser), _REPORT_OPTIONS)
    for row in (*_CONSUMER_OPTIONS, *_PROVIDER_OPTIONS):
        _add_option(parser, *row)
    parser.addini(
        _CONTENT_TYPES,
        "media types with the kind of content like which they are handled, one a line: "
        "application/vnd.acme = json",
        type="linelist",
        default=[],
    )
    for row in _NETWORK_OPTIONS:
        _add_option(parser, *row)
    parser.getgroup(_GROUP).addoption(
        f"{_BLOCK_NETWORK}=false",
        action="store_false",
        dest="pypact_block_network",
        default=None,
        help="in intercept() blocks, let all undeclared requests pass",
    )


def set_network_policy(config: pytest.Config) -> None:
    """Set the network policy of the session, if its options give one."""
    closes = config.getoption(_BLOCK_NETWORK)
    if closes is None:
        closes = config.getini(_get_ini_key("block-network"))
    lists = read_option(config, "allow-hosts") or ()
    hosts = [host for one in lists for host in one.replace(",", " ").split()]
    if closes is None and not hosts:
        return
    from pypact import _process  # noqa: PLC0415 -- the plugin is imported before any of pypact
    from pypact.errors import InvalidExpectation  # noqa: PLC0415 -- the same
    from pypact.hooks.network import NetworkPolicy, parse_hosts  # noqa: PLC0415 -- the same

    try:
        allowed = parse_hosts(hosts)
    except InvalidExpectation as error:
        raise pytest.UsageError(str(error)) from None
    option = _BLOCK_NETWORK if closes else ""
    _process.set_network_policy(NetworkPolicy(closes, allowed, option))
    config.add_cleanup(_process.unset_network_policy)


def map_content_types(config: pytest.Config) -> None:
    """Map the media types of the ini key `pypact_content_types`."""
    lines = config.getini(_CONTENT_TYPES)
    if not lines:
        return
    from pypact.errors import InvalidExpectation  # noqa: PLC0415 -- the plugin is imported before any of pypact
    from pypact.model import body  # noqa: PLC0415 -- the same

    pairs = (line.partition("=") for line in lines)
    try:
        body.map_content_types({one.strip(): kind.strip() for one, _, kind in pairs})
    except InvalidExpectation as error:
        raise pytest.UsageError(f"{_CONTENT_TYPES}: {error}") from None


def _add_option(parser: pytest.Parser, name: str, kind: _Kind, text: str) -> None:
    settings: dict[str, Any] = {"action": "store_true"} if kind == "bool" else {}
    if kind == "args":
        settings = {"action": "append", "metavar": "NAME"}
    group = parser.getgroup(_GROUP, "pypact: consumer-driven contracts")
    try:
        group.addoption(f"--pypact-{name}", default=None, help=text, **settings)
    except ValueError:
        raise pytest.UsageError(
            f"a report format cannot have the name of another option: --pypact-{name}"
        ) from None
    parser.addini(_get_ini_key(name), text, type=kind, default=None)


class ReportOptions:
    """A plugin that adds an option for each format of report files.

    Formats are registered when a plugin or a `conftest.py` is imported, so new ones are
    looked for after each.
    """

    def __init__(self, parser: pytest.Parser) -> None:
        self._parser = parser
        self.names: list[str] = []

    def pytest_plugin_registered(self) -> None:
        """Add the options for formats that are new."""
        from pypact.verifier.reports import REPORT_FORMATS  # noqa: PLC0415 -- the plugin is imported before any of pypact

        for one in REPORT_FORMATS.values():
            if one.name not in self.names:
                self.names.append(one.name)
                text = one.help[0].lower() + one.help[1:].rstrip(".")
                _add_option(self._parser, one.name, "string", text)


def read_report_paths(config: pytest.Config) -> dict[str, str]:
    """Return the requested reports: name of the format → path of the file."""
    plugin: ReportOptions | None = config.pluginmanager.get_plugin(_REPORT_OPTIONS)
    paths = {name: read_option(config, name) for name in plugin.names} if plugin else {}
    return {name: path for name, path in paths.items() if path}


def read_option(config: pytest.Config, name: str) -> Any:
    """Return the value of an option, or else of the ini key with its name."""
    given = config.getoption(f"--pypact-{name}", default=None)
    return config.getini(_get_ini_key(name)) or None if given is None else given


def read_criteria(config: pytest.Config) -> dict[str, Any]:
    """Return the selection criteria that the options give."""
    return {
        "consumer": read_option(config, "consumer"),
        "description": read_option(config, "description"),
        "state": read_option(config, "state"),
        "no_state": bool(read_option(config, "no-state")),
    }


def _get_ini_key(name: str) -> str:
    return f"pypact_{name.replace('-', '_')}"


_CONTENT_TYPES = "pypact_content_types"
_GROUP = "pypact"
_BLOCK_NETWORK = "--pypact-block-network"
_REPORT_OPTIONS = "pypact-report-options"  # the name of the plugin

_CONSUMER_OPTIONS: list[tuple[str, _Kind, str]] = [
    (
        "check",
        "bool",
        "write no contract; fail if the tests would change one, and show how",
    ),
    (
        "suite",
        "string",
        "name of this suite in contracts  [default: the name of the project]",
    ),
    (
        "publish-contracts",
        "bool",
        "after a complete green run, publish the contracts to the Pact Broker",
    ),
    (
        "consumer-version",
        "string",
        "version to publish contracts as  [default: the commit of the build]",
    ),
    (
        "consumer-branch",
        "string",
        "branch of that version  [default: the branch of the build]",
    ),
    ("consumer-tag", "args", "tag of that version (repeatable)"),
    (
        "keep-stale",
        "bool",
        "keep interactions in contracts whose tests are gone or no longer write them",
    ),
    (
        "prove",
        "bool",
        "report the fields of responses that no test needs; write no contract",
    ),
    ("prove-json", "string", "file for that report as JSON"),
    (
        "prove-seconds",
        "string",
        "time budget for the reruns of each process, in seconds  [default: 300]",
    ),
    (
        "prove-exclude",
        "args",
        "do not rerun tests whose id matches this pattern (repeatable)",
    ),
]

_PROVIDER_OPTIONS: list[tuple[str, _Kind, str]] = [
    ("consumer", "args", "verify only the contracts of this consumer (repeatable)"),
    (
        "description",
        "string",
        "verify only interactions whose description matches this regular expression",
    ),
    (
        "state",
        "string",
        "verify only interactions with a state that matches this regular expression",
    ),
    ("no-state", "bool", "verify only interactions without provider states"),
    ("fail-pending", "bool", "fail tests of pending interactions as any others"),
    ("publish", "bool", "publish the verification results to the Pact Broker"),
]

_NETWORK_OPTIONS: list[tuple[str, _Kind, str]] = [
    (
        "block-network",
        "bool",
        "in intercept() blocks, refuse undeclared requests to this machine as well",
    ),
    (
        "allow-hosts",
        "args",
        "hosts, host:port, *.host or * that undeclared requests may go to",
    ),
]
