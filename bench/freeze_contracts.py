"""Bytes of the contracts that pypact writes, in each version of the specification."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pypact
from pypact import bodies, generate, match

__all__ = ["VERSIONS", "contracts", "fixtures", "without_release"]

VERSIONS = ["1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0"]

SCALARS: dict[str, Callable[[], Any]] = {
    "all_of": lambda: match.all_of(match.string("ab"), match.include("a", "ab")),
    "any_of": lambda: match.any_of(match.integer(3), match.null()),
    "boolean": lambda: match.boolean(example=False),
    "date": lambda: match.date("2020-02-28"),
    "date formatted": lambda: match.date("28.02.2020", "dd.MM.yyyy"),
    "datetime": lambda: match.datetime("2020-02-28T10:11:12+01:00"),
    "datetime formatted": lambda: match.datetime(
        "2020-02-28 10:11", "yyyy-MM-dd HH:mm"
    ),
    "decimal": lambda: match.decimal(2.25),
    "email": match.email,
    "equal_to": lambda: match.equal_to({"a": [1, None]}),
    "from_provider_state": lambda: match.from_provider_state("${id}", "23"),
    "from_provider_state typed": lambda: match.from_provider_state(
        "${id}", 23, data_type="INTEGER"
    ),
    "hexadecimal": match.hexadecimal,
    "include": lambda: match.include("ell", "hello"),
    "integer": lambda: match.integer(42),
    "ipv4": match.ipv4,
    "like": lambda: match.like({"a": 1, "b": [True, "x"]}),
    "not_empty": lambda: match.not_empty("full"),
    "null": match.null,
    "number": lambda: match.number(1.25),
    "regex": lambda: match.regex("\\d{3}", "123"),
    "semver": lambda: match.semver("1.2.3"),
    "status_code": lambda: match.status_code("success", 201),
    "string": lambda: match.string("a ä \U0001f600"),
    "term": lambda: match.term("a+", "aaa"),
    "time": lambda: match.time("10:11:12"),
    "url": lambda: match.url("http://x.example", "users", match.regex("\\d+", "7")),
    "uuid": match.uuid,
}
CONTAINERS: dict[str, Callable[[], Any]] = {
    "array_contains": lambda: match.array_contains(
        {"name": match.string("a"), "href": match.regex(".*", "/a")}, match.integer(2)
    ),
    "each_key": lambda: match.each_key(match.regex("[a-z]+", "ab"), {"ab": 1}),
    "each_key_like": lambda: match.each_key_like("one", {"x": match.integer(1)}),
    "each_like": lambda: match.each_like({"id": match.integer(1)}),
    "each_like bounded": lambda: match.each_like("a", 2, max=4, examples=3),
    "each_like nested": lambda: match.each_like({"in": match.each_like(1.5)}),
    "each_value": lambda: match.each_value(match.integer(1), {"a": 1, "b": 2}),
    "nested": lambda: match.like({"a": match.like([match.regex("x|y", "x")])}),
    "odd keys": lambda: {"a b": match.like(1), "$": match.like(2), "it's": [None]},
}
GENERATORS: dict[str, Callable[[], Any]] = {
    "date": lambda: generate.date(expression="+1 day", example="2020-02-28"),
    "datetime": lambda: generate.datetime(
        "yyyy-MM-dd HH:mm", example="2020-02-28 10:00"
    ),
    "mock_server_url": lambda: generate.mock_server_url(
        "http://localhost:80/a/1", ".*(/a/\\d+)"
    ),
    "from_provider_state": lambda: generate.from_provider_state("/x/${id}", "/x/1"),
    "random_boolean": generate.random_boolean,
    "random_decimal": lambda: generate.random_decimal(6, example="12.3456"),
    "random_hexadecimal": lambda: generate.random_hexadecimal(4, example="00ff"),
    "random_int": lambda: generate.random_int(1, 9, example=5),
    "random_string": lambda: generate.random_string(5, example="abcde"),
    "regex": lambda: generate.regex("[a-f]{2}", "ab"),
    "time": lambda: generate.time(example="10:11:12"),
    "uuid": lambda: generate.uuid("simple", example="e2490de55bd343d5b7c4526e33f71304"),
    "with a matcher": lambda: match.integer(
        7, generator=generate.random_int(1, 9, example=7)
    ),
}
BODIES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "empty": lambda: "",
    "text": lambda: "plain ä",
    "bytes": lambda: b"\x00\xff\x01",
    "null": match.null,
    "number": lambda: 1.50,
    "list": lambda: [1, "a", None, True, {"b": []}],
    "string of JSON": lambda: bodies.text('"x"', "application/json"),
    "typed text": lambda: bodies.text("a,b\n1,2", "text/csv"),
    "text matched": lambda: bodies.text(match.regex("a+", "aa")),
    "binary": lambda: bodies.binary(b"\x89PNG\r\n\x1a\n", "image/png"),
    "binary matched": lambda: bodies.binary(
        match.content_type("image/png", b"\x89PNG\r\n\x1a\n")
    ),
    "form": lambda: bodies.form({"a": "1", "b": ["x", match.regex("\\d", "2")]}),
    "xml": lambda: bodies.xml(
        bodies.element(
            "users",
            match.each_like(bodies.element("user", match.string("Ann"), id="1")),
            bodies.element("e:count", match.integer(1)),
            namespaces={"e": "urn:e"},
        )
    ),
    "xml attributes": lambda: bodies.xml(
        bodies.element("a", attributes={"x-y": match.regex("\\d", "1"), "z": "<&>"})
    ),
    "multipart": lambda: bodies.multipart(
        {
            "json": bodies.file("a.json", {"a": match.integer(1)}, "application/json"),
            "text": "x",
            "file": bodies.file("a.png", b"\x89PNG", "image/png"),
        },
        boundary="bound",
    ),
}


def interactions() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Give what defines a good range of interactions, each with a name."""
    pact = pypact.Consumer("Web").has_pact_with("Users")
    for name, make in {**SCALARS, **CONTAINERS}.items():
        yield f"body: {name}", partial(in_body, pact, name, make)
    for name, make in SCALARS.items():
        yield f"metadata: {name}", partial(in_metadata, pact, name, make)
        yield f"query: {name}", partial(in_query, pact, name, make)
        yield f"header: {name}", partial(in_header, pact, name, make)
    for name, make in GENERATORS.items():
        yield f"generator: {name}", partial(in_body, pact, f"generator {name}", make)
        yield f"generator in header: {name}", partial(in_header, pact, name, make)
    for name, make in BODIES.items():
        yield f"kind of body: {name}", partial(as_body, pact, name, make)
        yield f"kind of contents: {name}", partial(as_contents, pact, name, make)
    for name, builder in others(pact):
        yield name, partial(identity, builder)


def in_body(pact: pypact.Pact, name: str, make: Callable[[], Any]) -> Any:
    """Define a value of a JSON body, and a body that is nothing else."""
    http = pact.upon_receiving(f"a value {name}")
    http.with_request("POST", "/a", body={"v": make(), "list": [make()]})
    return http.will_respond_with(200, body=make())


def in_metadata(pact: pypact.Pact, name: str, make: Callable[[], Any]) -> Any:
    """Define a value of a message's metadata."""
    message = pact.expects_message(f"metadata {name}").with_contents({"a": 1})
    return message.with_metadata({"key": make(), "topic": "t"})


def in_query(pact: pypact.Pact, name: str, make: Callable[[], Any]) -> Any:
    """Define a query parameter, and one with two values."""
    http = pact.upon_receiving(f"query {name}")
    http.with_request("GET", "/a", query={"q": make(), "r": [make(), make()]})
    return http.will_respond_with(200)


def in_header(pact: pypact.Pact, name: str, make: Callable[[], Any]) -> Any:
    """Define a header of a request and one of a response."""
    http = pact.upon_receiving(f"header {name}")
    http.with_request("GET", "/a", headers={"X-A": make(), "X-B": "b"})
    return http.will_respond_with(200, headers={"X-C": make()})


def as_body(pact: pypact.Pact, name: str, make: Callable[[], Any]) -> Any:
    """Define a whole body."""
    http = pact.upon_receiving(f"body {name}").with_request("PUT", "/a", body=make())
    return http.will_respond_with(201, body=make())


def as_contents(pact: pypact.Pact, name: str, make: Callable[[], Any]) -> Any:
    """Define the contents of a message."""
    return pact.expects_message(f"contents {name}").with_contents(make())


def identity(value: Any) -> Any:
    """Return what is given."""
    return value


def others(pact: pypact.Pact) -> Iterator[tuple[str, Any]]:
    """Define what has more than a body; gives each with a name."""
    yield (
        "everything of version 4",
        (
            pact.given("a user")
            .given("a user with", {"id": 1}, name="Ann")
            .upon_receiving("all")
            .with_request(
                "DELETE",
                match.regex("/users/\\d+", "/users/1"),
                query="a=1&b=x%20y&a=2",
                headers=[
                    ("Accept", "a/b"),
                    ("Accept", "c/d"),
                    ("X-Date", "Mon, 1 Jan"),
                ],
            )
            .will_respond_with(match.status_code("success", 204))
            .pending()
            .key("the-key")
            .comment("one")
            .comment("two")
            .test_name("test_all")
            .reference("jira", "ticket", "A-1")
        ),
    )
    yield (
        "path from the state",
        (
            pact.upon_receiving("path")
            .with_request("GET", generate.from_provider_state("/u/${id}", "/u/1"))
            .will_respond_with(200, headers={"Content-Type": "text/plain"}, body="x")
        ),
    )
    yield (
        "raw rules and generators",
        (
            pact.upon_receiving("raw")
            .with_request("GET", "/a", query={"a": "1"})
            .with_matching_rules({"query": {"a": {"matchers": [{"match": "integer"}]}}})
            .will_respond_with(200, body={"a": 1, "b": [1]})
            .with_matching_rules(
                {"body": {"$.a": {"matchers": [{"match": "foreign"}]}}}
            )
            .with_generators(
                {"body": {"$.a": {"type": "RandomInt", "min": 0, "max": 9}}}
            )
        ),
    )
    yield (
        "query pairs",
        (
            pact.upon_receiving("pairs")
            .with_request("GET", "/a", query=[("b", "2"), ("a", ""), ("b", "1")])
            .will_respond_with(404)
        ),
    )
    yield (
        "message",
        (
            pact.expects_message("message")
            .given("a state", n=1)
            .with_contents({"id": match.integer(23)}, "application/vnd.x+json")
            .with_metadata({"n": 1}, topic=match.regex("u.*", "users"))
            .comment("c")
            .pending()
        ),
    )
    yield (
        "synchronous message",
        (
            pact.expects_sync_message("sync")
            .given("s")
            .with_request({"q": match.string("x")}, {"k": "v"})
            .will_respond_with({"a": match.integer(1)}, {"m": match.integer(2)})
            .will_respond_with(b"\x00\x01", content_type="application/octet-stream")
        ),
    )


def contracts(folder: Path) -> dict[str, object]:
    """Return what is written of each interaction alone, and of all in one file."""
    found: dict[str, object] = {}
    finished = []
    for name, define in interactions():
        try:
            interaction = define().to_interaction()
        except Exception as error:  # noqa: BLE001 -- its class is the outcome
            found[name] = f"raises {type(error).__name__}"
            continue
        finished.append(interaction)
        found[name] = in_all_versions(contract_of(interaction), folder)
    found["all in one file"] = {
        version: digest(written(contract_of(*finished), version, folder)[0])
        for version in VERSIONS
    }
    return found


def contract_of(*interactions: Any) -> pypact.Contract:
    """Make a contract of these."""
    return pypact.Contract("Web", "Users", interactions)


def in_all_versions(contract: pypact.Contract, folder: Path) -> dict[str, object]:
    """Write in each version, read each text back, and write that in each version."""
    found: dict[str, object] = {}
    for version in VERSIONS:
        text, losses = written(contract, version, folder)
        entry: dict[str, object] = {
            "losses": losses,
            "strict": strictly(contract, version, folder),
            "text": lines_of(text),
        }
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                (folder / "read.json").write_bytes(text)
                again = pypact.read_pact(folder / "read.json")
        except Exception as error:  # noqa: BLE001 -- its class is the outcome
            entry["read back"] = f"raises {type(error).__name__}"
        else:
            entry["read back"] = {
                "warnings": len(caught),
                **{other: brief(again, other, folder) for other in VERSIONS},
            }
        found[version] = entry
    return found


def written(
    contract: pypact.Contract, version: str, folder: Path
) -> tuple[bytes, object]:
    """Return the bytes of a contract, and the number of losses or the error's class."""
    path = folder / "written.json"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            pypact.write_pact(contract, path, specification=version, lossy=True)
        except Exception as error:  # noqa: BLE001 -- its class is the outcome
            return b"", f"raises {type(error).__name__}"
    losses = sum(type(one.message).__name__ == "LossWarning" for one in caught)
    return without_release(path.read_bytes()), losses


def strictly(contract: pypact.Contract, version: str, folder: Path) -> str:
    """Return whether it can be written without losses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pypact.write_pact(contract, folder / "strict.json", specification=version)
        except Exception as error:  # noqa: BLE001 -- its class is the outcome
            return f"raises {type(error).__name__}"
    return "written"


def brief(contract: pypact.Contract, version: str, folder: Path) -> str:
    """Return a digest of the bytes, and the number of losses."""
    text, losses = written(contract, version, folder)
    return f"{digest(text)}, {losses} losses"


def digest(text: bytes) -> str:
    """Return the number of bytes and the beginning of their hash."""
    return f"{len(text)} bytes {hashlib.sha256(text).hexdigest()[:16]}"


def lines_of(text: bytes) -> list[str]:
    """Return the lines, each with its end."""
    return text.decode("utf-8", "backslashreplace").splitlines(keepends=True)


def without_release(text: bytes) -> bytes:
    """Replace the release of pypact in the metadata."""
    return re.sub(rb'("pypact":\s*\{\s*"version":\s*)"[^"]*"', rb'\1"RELEASE"', text)


# -- the fixtures of the compatibility suite -----------------------------------------


def fixtures(folder: Path, scratch: Path) -> dict[str, object]:
    """Return what is written of each fixture: a contract, rules or generators."""
    return {
        file.name: of_fixture(file, scratch) for file in sorted(folder.glob("*.json"))
    }


def of_fixture(file: Path, scratch: Path) -> object:
    """Return what is written of one fixture."""
    data = json.loads(file.read_text(encoding="utf-8"))
    if isinstance(data, dict) and "interactions" in data:
        return in_all_versions(pypact.read_pact(file), scratch)
    is_rules = "-matcher" in file.name
    if not is_rules and "-generator" not in file.name:
        data, is_rules = {"body": {"$": {"matchers": [{"match": "type"}]}}}, True
    pact = pypact.Consumer("Web").has_pact_with("Users")
    body = {"one": "a", "two": [1, 2], "three": {"a": 1}}
    try:
        builder = pact.upon_receiving(file.name).with_request("POST", "/", body=body)
        builder = (
            builder.with_matching_rules(data)
            if is_rules
            else builder.with_generators(data)
        )
        interaction = builder.will_respond_with(200).to_interaction()
    except Exception as error:  # noqa: BLE001 -- its class is the outcome
        return f"raises {type(error).__name__}"
    return in_all_versions(contract_of(interaction), scratch)
