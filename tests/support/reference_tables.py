"""Generate the tables of docs/reference/ from the registers that they describe.

`python tests/support/reference_tables.py` writes them into the pages, between the
comments `<!-- table: NAME -->` and `<!-- end -->`. The tests compare them.
"""

import contextlib
import inspect
import json
import re
import sys
import warnings
from pathlib import Path

import click

import pypact
from pypact import generate, match
from pypact.errors import NotExpressible
from pypact.generators.table import GENERATORS
from pypact.pytest_plugin import options
from pypact.rules.table import RULES, find_kind
from pypact.verifier.reports import REPORT_FORMATS

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
TABLE = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)
VERSIONS = ("1.0.0", "2.0.0", "3.0.0", "4.0")

# What to write, a value that matches it, and one that does not. All are Python
# expressions; the values are bodies, or the part that `PLACES` names.
SCALARS = """
match.like({"id": 1}) | {"id": 7, "new": True} | {"id": "7"}
match.equal_to("open") | "open" | "closed"
match.string("Ann") | "Bob" | 1
match.integer(23) | 42 | 4.5
match.decimal(1.5) | 2.75 | 2
match.number(1) | 2.5 | "2.5"
match.boolean(True) | False | "no"
match.null() | None | 0
match.not_empty("x") | "y" | ""
match.regex(r"\\d+", "12") | "7" | "x7"
match.term(r"\\d+", "12") | "7" | "x7"
match.include("cat") | "a cat" | "a dog"
match.semver("1.0.0") | "2.1.0-rc.1" | "2.1"
match.uuid() | "c0ffee00-0000-4000-8000-000000000000" | "c0ffee"
match.email() | "ann@example.com" | "ann"
match.url("https://users.example.com", "users", match.regex(r"\\d+", "23")) \
| "http://localhost/users/7" | "http://localhost/orders/7"
match.ipv4() | "10.0.0.1" | "10.0.0.256"
match.ipv6() | "2001:db8::1" | "2001:db8"
match.hexadecimal("3F") | "c0ffee" | "coffee"
match.content_type("image/png", png) | png | b"text"
match.status_code("success", 200) | 204 | 404
match.status_code([200, 202]) | 202 | 204
match.date("2026-01-31") | "2025-12-24" | "24.12.2025"
match.date("31.01.2026", "%d.%m.%Y") | "24.12.2025" | "2025-12-24"
match.time("12:30:00") | "23:59:59" | "24:60"
match.datetime("2026-01-31T12:30:00Z") | "2025-12-24T18:00:00+01:00" | "2025-12-24"
match.http_date() | "Wed, 24 Dec 2025 18:00:00 GMT" | "2025-12-24"
"""
COLLECTIONS = """
match.each_like({"id": match.integer(1)}) | [{"id": 7}, {"id": 8}] | []
match.each_like("a", min=2, max=3) | ["x", "y", "z"] | ["x"]
match.array_contains({"id": 1}) | [{"id": 5}, {"id": 1}] | [{"id": 5}]
match.unordered([1, 2]) | [2, 1] | [1, 2, 3]
match.each_key(match.regex(r"[a-z]{2}", "en"), {"en": "Hi"}) \
| {"de": "Hallo"} | {"deu": "Hallo"}
match.each_value(match.integer(1), {"en": 1}) | {"de": 2} | {"de": "2"}
match.each_key_like("en", {"text": match.string("Hi")}) \
| {"de": {"text": "Hallo"}} | {"de": {"text": 1}}
match.any_of(match.string("Ann"), match.null()) | None | 1
match.all_of(match.regex(r"[a-z ]+", "a cat"), match.include("cat")) \
| "my cat" | "my dog"
"""
GENERATED = """
generate.random_int(1, 6) | 7 | "7"
generate.random_decimal(4) | 1.25 | "1.25"
generate.random_hexadecimal(4) | "C0DE" | "CODE"
generate.random_string(8) | "any" | 1
generate.random_boolean() | False | "no"
generate.regex(r"[A-Z]{3}", "ABC") | "XYZ" | "xyz"
generate.uuid() | "c0ffee00-0000-4000-8000-000000000000" | "c0ffee"
generate.date(expression="+ 1 day") | "2025-12-24" | "24.12.2025"
generate.time() | "23:59:59" | "24:60"
generate.datetime(expression="tomorrow @ noon") \
| "2025-12-24T18:00:00+01:00" | "2025-12-24"
generate.provider_state("${user_id}", 23) | 42 | "42"
generate.mock_server_url("http://localhost/users/23", r".*(/users/\\d+)$") \
| "http://localhost/users/7" | "http://localhost/orders/7"
"""
MATCHERS = {"scalars": SCALARS, "collections": COLLECTIONS, "generators": GENERATED}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06"
NAMES = {"match": match, "generate": generate, "png": PNG}


def read_rows(text: str) -> list[tuple[str, str, str]]:
    lines = re.sub(r"\s*\\\n", " ", text.strip().replace("\\\\", "\\")).splitlines()
    rows = []
    for line in lines:
        written, good, bad = (part.strip() for part in line.rsplit(" | ", 2))
        rows.append((written, good, bad))
    return rows


def evaluate(expression: str) -> object:
    return eval(expression, dict(NAMES))


def build_response(written: str, value: object):
    """Return the builder of an interaction with a value where `written` belongs."""
    pact = pypact.Consumer("Web").has_pact_with("Users")
    request = pact.upon_receiving("a request").with_request("GET", "/")
    if "status_code" in written:
        return request.will_respond_with(value)
    if "content_type" in written:
        return request.will_respond_with(200, {"Content-Type": "image/png"}, value)
    return request.will_respond_with(200, body={"value": value})


def build_row(written: str):
    return build_response(written, evaluate(written))


def find_version(expression: str) -> str:
    """Return the lowest version that can express a matcher, and has its rules."""
    builder = build_row(expression)
    rules = re.findall(r'"match": "([\w-]+)"', describe_contract(expression))
    since = max(find_kind(name).since for name in rules).value
    for version in VERSIONS:
        with contextlib.suppress(NotExpressible), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            builder.to_json(version)
            return max(version, since)
    raise AssertionError(f"no version expresses {expression}")


def describe_contract(expression: str) -> str:
    """Return what the contract of version 4 has for a matcher."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        response = build_row(expression).to_json("4.0")["response"]
    parts = []
    for category, entries in response.get("matchingRules", {}).items():
        listed = {"$": entries} if "matchers" in entries else entries
        for path, rules in listed.items():
            texts = [_dump(rule) for rule in rules["matchers"]]
            joint = f" {rules['combine']} ".join(texts)
            where = "status" if category == "status" else path
            parts.append(f"{where}: {joint}")
    for entries in response.get("generators", {}).values():
        listed = {"$": entries} if "type" in entries else entries
        parts += [f"generator: {_dump(one)}" for one in listed.values()]
    return "<br>".join(map(_code, parts))


def _dump(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= 110 and "`" not in text:
        return text
    return json.dumps(_shorten(value), ensure_ascii=False)


def _shorten(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shorten(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shorten(one) for one in value]
    if isinstance(value, str) and (len(value) > 60 or "`" in value):
        return "…"
    return value


def summarize(function: object) -> str:
    return inspect.getdoc(function).partition("\n\n")[0].replace("\n", " ")


def find_function(expression: str) -> object:
    return evaluate(expression.partition("(")[0])


def render_matchers(text: str) -> str:
    lines = [
        "| write | what it does | matches | does not match | in the contract | since |",
        "|---|---|---|---|---|---|",
    ]
    for written, good, bad in read_rows(text):
        cells = [
            _code(written),
            summarize(find_function(written)),
            _code(good),
            _code(bad),
            describe_contract(written),
            f"v{find_version(written)[0]}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _code(text: str) -> str:
    escaped = text.replace("|", "&#124;").replace("<", "&lt;").replace("*", "&#42;")
    escaped = escaped.replace("\\", "&#92;")
    return f"<code>{escaped}</code>"


def render_commands() -> str:
    from pypact.cli import main

    found = []
    for path, command in walk_commands(main, "pypact"):
        found.append(render_command(path, command))
    return "\n\n".join(found)


def walk_commands(command: click.Command, path: str):
    context = click.Context(command, info_name=path)
    if isinstance(command, click.Group):
        if path != "pypact":
            yield path, command
        for name in command.list_commands(context):
            yield from walk_commands(
                command.get_command(context, name), f"{path} {name}"
            )
    else:
        yield path, command


def render_command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    level = "#" * (1 + len(path.split()))
    lines = [f"{level} {path}", "", *_list_paragraphs(command.help)]
    if isinstance(command, click.Group):
        return "\n".join(lines).rstrip()
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    usage = " ".join([path, "[OPTIONS]", *map(_describe_argument, arguments)])
    lines += ["```text", usage, "```", ""]
    lines += ["| option | meaning |", "|---|---|"]
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and parameter not in arguments:
            name, text = record
            lines.append(f"| {_code(name)} | {_plain(text)} |")
    return "\n".join(lines)


def _describe_argument(argument: click.Argument) -> str:
    """Return an argument in a usage line; versions of click differ in that."""
    choices = getattr(argument.type, "choices", ())
    name = "|".join(choices) or (argument.name or "").upper()
    name = name if argument.required else f"[{name}]"
    return f"{name}..." if argument.nargs == -1 else name


def _list_paragraphs(text: str) -> list[str]:
    paragraphs = inspect.cleandoc(text).replace("\b\n", "").split("\n\n")
    lines = []
    for one in paragraphs:
        lines += [_plain(" ".join(one.split())), ""]
    return lines


def _plain(text: str) -> str:
    return re.sub(r"([<>|*_\[\]])", r"\\\1", " ".join(text.split()))


def render_pytest_options() -> str:
    rows = [
        *options._CONSUMER_OPTIONS,
        *options._PROVIDER_OPTIONS,
        *options._NETWORK_OPTIONS,
        *((one.name, "string", one.help) for one in REPORT_FORMATS.values()),
    ]
    kinds = {"bool": "true or false", "args": "several", "string": "a string"}
    lines = ["| option | ini key | value | meaning |", "|---|---|---|---|"]
    for name, kind, text in rows:
        key = options._get_ini_key(name)
        option = f"--pypact-{name}" + ("" if kind == "bool" else " NAME")
        if kind == "string":
            option = f"--pypact-{name} VALUE"
        meaning = _plain(text[0].upper() + text[1:].rstrip("."))
        lines.append(f"| `{option}` | `{key}` | {kinds[kind]} | {meaning}. |")
    lines.append(
        f"| `{options._BLOCK_NETWORK}=false` | | | In intercept() blocks, let all "
        "undeclared requests pass. |"
    )
    lines.append(
        f"| | `{options._CONTENT_TYPES}` | one a line | Media types with the kind of "
        "content like which they are handled: `application/vnd.acme = json`. |"
    )
    return "\n".join(lines)


TABLES = {
    **{
        name: lambda text=text: render_matchers(text) for name, text in MATCHERS.items()
    },
    "commands": render_commands,
    "pytest": render_pytest_options,
}


def fill_tables(text: str) -> str:
    """Return a page with its tables generated anew."""

    def render(found: re.Match[str]) -> str:
        table = TABLES[found[1]]()
        return f"<!-- table: {found[1]} -->\n\n{table}\n\n<!-- end -->"

    return TABLE.sub(render, text)


def list_unmentioned_kinds() -> list[str]:
    """Return the rules and generators that no row of the tables has."""
    texts = [
        describe_contract(written)
        for text in MATCHERS.values()
        for written, _, _ in read_rows(text)
    ]
    joined = " ".join(texts)
    names = [f'"match": "{name}"' for name in RULES]
    names += [f'"type": "{name}"' for name in GENERATORS]
    return [name for name in names if name not in joined]


def main() -> None:
    for page in sorted(REFERENCE.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        page.write_text(fill_tables(text), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
