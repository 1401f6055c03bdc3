"""Verdicts of the official cases and of random ones: match, or kinds and paths."""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

import pypact

__all__ = ["official_verdicts", "random_verdicts"]

Members = dict[str, Any]

VERSIONS = {"v1": "1.0.0", "v1.1": "1.1.0", "v2": "2.0.0", "v3": "3.0.0", "v4": "4.0"}


def official_verdicts(cases: Path) -> dict[str, object]:
    """Return the verdict of each official case by the name of its file."""
    found: dict[str, object] = {}
    for file in sorted(cases.glob("*/*/*/*.json")):
        name = file.relative_to(cases)
        version, kind, *_ = name.parts
        case = json.loads(file.read_text(encoding="utf-8-sig"))
        judge = JUDGES[kind]
        found[str(name)] = verdict(
            lambda judge=judge, version=version, case=case: judge(
                VERSIONS[version], case["expected"], case["actual"]
            )
        )
    return found


def random_verdicts(count: int, seed: int) -> dict[str, object]:
    """Return the case and the verdict of each of `count` random cases."""
    cases = Cases(seed)
    return {f"{number:05}": random_verdict(cases.one_case()) for number in range(count)}


def random_verdict(case: Members) -> list[object]:
    """Return what is short of one case, and its verdict."""
    judge = JUDGES[case["kind"]]
    found = verdict(lambda: judge(case["version"], case["expected"], case["actual"]))
    brief = f"{case['kind']} {case['version']} {case['about']}"
    return [brief, found]


def verdict(check: Callable[[], Sequence[pypact.Mismatch]]) -> str | list[str]:
    """Return "match", the mismatches without their wording, or the error's class."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            mismatches = check()
        except Exception as error:  # noqa: BLE001 -- its class is the outcome
            return f"raises {type(error).__name__}"
    noted = sorted(f"warns {type(one.message).__name__}" for one in caught)
    if not mismatches:
        return ["match", *noted] if noted else "match"
    return [*map(described, mismatches), *noted]


def described(mismatch: pypact.Mismatch) -> str:
    """Describe a mismatch by its data alone."""
    rule = "-" if mismatch.rule is None else mismatch.rule.name
    values = f"{shown(mismatch.expected)} / {shown(mismatch.actual)}"
    return f"{mismatch.kind} {mismatch.path or '-'} {rule}: {values}"


def shown(value: object) -> str:
    """Show a value in at most 80 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:76]} ..."


# -- reading the cases ---------------------------------------------------------------


def read(version: str, **members: Any) -> Any:
    """Read the one interaction of a pact of this version."""
    is_http = "request" in members or "response" in members
    interaction = {"description": "a case", **members}
    if is_http:
        interaction = {"request": {}, "response": {}, **interaction}
    if version == "4.0":
        interaction["type"] = "Synchronous/HTTP" if is_http else "Asynchronous/Messages"
    where = "messages" if version == "3.0.0" and not is_http else "interactions"
    contract = pypact.read_pact(
        {
            "consumer": {"name": "a consumer"},
            "provider": {"name": "a provider"},
            where: [interaction],
            "metadata": {"pactSpecification": {"version": version}},
        }
    )
    return contract.interactions[0]


def judge_request(version: str, expected: Members, actual: Members) -> Any:
    """Compare two requests."""
    return pypact.match_request(read(version, request=expected), actual)


def judge_response(version: str, expected: Members, actual: Members) -> Any:
    """Compare two responses."""
    return pypact.match_response(read(version, response=expected), actual)


def judge_message(version: str, expected: Members, actual: Members) -> Any:
    """Compare two messages."""
    message = read(version, **actual).message
    contents = message.contents
    metadata = {**message.metadata}
    if contents.content_type is not None:
        metadata.setdefault("contentType", str(contents.content_type))
    return pypact.match_message(
        read(version, **expected),
        contents.content if contents.is_present else None,
        metadata,
    )


JUDGES: Mapping[str, Callable[[str, Members, Members], Any]] = {
    "message": judge_message,
    "request": judge_request,
    "response": judge_response,
}

# -- random cases --------------------------------------------------------------------

SCALARS = [
    *(0, 1, 7, 100, -1, 1.5, 100.25, True, False, None),
    *("", "a", "b", "abc", "100", "1.5", "true", "null", "2020-01-31", "10:30:00"),
    *("1.0.0", "a b", "ä", "x@y.z"),
]
KEYS = ["a", "b", "c", "id", "a b", "1"]
TEXTS = ["a", "b", "abc", "100", "1.5", "true", "2020-01-31", "1.0.0", "a,b", "10:30"]
RULES: list[Members] = [
    {"match": "equality"},
    {"match": "type"},
    {"match": "type"},
    {"match": "type", "min": 1},
    {"match": "type", "min": 2},
    {"match": "type", "max": 1},
    {"match": "type", "min": 1, "max": 2},
    {"match": "integer"},
    {"match": "decimal"},
    {"match": "number"},
    {"match": "boolean"},
    {"match": "null"},
    {"match": "notEmpty"},
    {"match": "semver"},
    {"match": "values"},
    {"match": "statusCode", "status": "success"},
    {"match": "statusCode", "status": [200, 404]},
    {"match": "contentType", "value": "text/plain"},
    {"match": "regex", "regex": "\\d+"},
    {"match": "regex", "regex": "a|ab|abc"},
    {"match": "regex", "regex": "^[a-z]*$"},
    {"match": "regex", "regex": ".*"},
    {"match": "include", "value": "a"},
    {"match": "include", "value": "0"},
    {"match": "date", "format": "yyyy-MM-dd"},
    {"match": "time", "format": "HH:mm:ss"},
    {"match": "datetime", "format": "yyyy-MM-dd"},
    {"match": "eachKey", "rules": [{"match": "regex", "regex": "[a-c]|id"}]},
    {"match": "eachValue", "rules": [{"match": "type"}]},
    {"match": "eachValue", "rules": [{"match": "integer"}]},
    {
        "match": "arrayContains",
        "variants": [{"index": 0, "rules": {"$": {"matchers": [{"match": "type"}]}}}],
    },
    {
        "match": "arrayContains",
        "variants": [
            {"index": 0, "rules": {"$.*": {"matchers": [{"match": "type"}]}}},
            {"index": 1, "rules": {"$.a": {"matchers": [{"match": "integer"}]}}},
        ],
    },
    {"match": "nosuchrule"},
]
OLD_RULES = [
    {"match": "type"},
    {"match": "regex", "regex": "\\d+"},
    {"min": 1},
    {"match": "type", "max": 2},
]
METHODS = ["GET", "POST", "put"]
PATHS = ["/", "/a", "/a/1", "/a%20b", "/ab"]
NAMES = ["X-A", "X-B", "Accept", "Content-Type", "Cache-Control"]
STATUSES = [200, 201, 204, 404, 500]


class Cases:
    """Random cases from one seed, over small vocabularies so that values often meet."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._one = self._random.choice

    def one_case(self) -> Members:
        """Return one case: kind, version, what it is about, expected and actual."""
        make = self._one([self._request, self._response, self._response, self._message])
        return make()

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    # -- kinds -----------------------------------------------------------------------

    def _request(self) -> Members:
        version = self._one(["2.0.0", "3.0.0", "4.0", "4.0"])
        expected: Members = {"method": self._one(METHODS), "path": self._one(PATHS)}
        actual = dict(expected)
        if self._chance(0.1):
            actual["method"] = self._one(METHODS)
        if self._chance(0.2):
            actual["path"] = self._one(PATHS)
        rules: Members = {}
        if self._chance(0.3):
            rules["path"] = self._rule_list()
        if self._chance(0.6):
            query = self._parameters(list("abc"))
            near = self._near_parameters(query)
            is_text = version == "2.0.0"
            expected["query"] = encoded(query) if is_text else query
            actual["query"] = encoded(near) if is_text else near
            self._add_rules(rules, "query", query)
        about = self._add_headers_and_body(version, expected, actual, rules)
        if rules and version != "2.0.0":
            expected["matchingRules"] = rules
        elif version == "2.0.0" and self._chance(0.5):
            expected["matchingRules"] = {
                self._one(["$.body", "$.body.a", "$.body[*]", "$.body.*.a"]): dict(
                    self._one(OLD_RULES)
                ),
                self._one(["$.path", "$.query.a[0]", "$.header.X-A"]): dict(
                    self._one(OLD_RULES)
                ),
            }
        return case("request", version, about, expected, actual)

    def _response(self) -> Members:
        version = self._one(["3.0.0", "4.0", "4.0"])
        expected: Members = {"status": self._one(STATUSES)}
        actual = dict(expected)
        if self._chance(0.2):
            actual["status"] = self._one(STATUSES)
        rules: Members = {}
        if self._chance(0.2):
            rules["status"] = self._rule_list()
        about = self._add_headers_and_body(version, expected, actual, rules)
        if rules:
            expected["matchingRules"] = rules
        return case("response", version, about, expected, actual)

    def _message(self) -> Members:
        version = self._one(["3.0.0", "4.0"])
        about, expected_body, actual_body, paths = self._body()
        rules: Members = {}
        self._add_body_rules(rules, paths)
        metadata = {"contentType": about, "topic": self._one(TEXTS)}
        near = {**metadata, "topic": self._one([metadata["topic"], self._one(TEXTS)])}
        if self._chance(0.4):
            rules["metadata"] = {"topic": self._rule_list()}
        expected: Members = {"description": "m", "metadata": metadata}
        actual: Members = {"description": "m", "metadata": near}
        self._put(version, "contents", expected, about, expected_body)
        self._put(version, "contents", actual, about, actual_body)
        if rules:
            expected["matchingRules"] = rules
        return case("message", version, about, expected, actual)

    # -- headers and bodies ----------------------------------------------------------

    def _add_headers_and_body(
        self, version: str, expected: Members, actual: Members, rules: Members
    ) -> str:
        headers: dict[str, list[str]] = {}
        if self._chance(0.5):
            headers = self._parameters(["X-A", "X-B", "Accept", "Cache-Control"])
            self._add_rules(rules, "header", headers)
        near = self._near_parameters(headers)
        about = "no body"
        if self._chance(0.8):
            about, expected_body, actual_body, paths = self._body()
            headers["Content-Type"] = [about]
            other = self._one(["text/plain", f"{about};charset=utf-8"])
            near["Content-Type"] = [about if self._chance(0.9) else other]
            self._put(version, "body", expected, about, expected_body)
            if self._chance(0.97):
                self._put(version, "body", actual, about, actual_body)
            self._add_body_rules(rules, paths)
        for place, found in ((expected, headers), (actual, near)):
            if found:
                place["headers"] = (
                    found
                    if version == "4.0"
                    else {key: ", ".join(values) for key, values in found.items()}
                )
        return about

    def _put(
        self, version: str, member: str, place: Members, content_type: str, body: Any
    ) -> None:
        if version != "4.0":
            place[member] = body
            return
        place[member] = {"contentType": content_type, "content": body}
        if content_type != "application/json":
            place[member]["encoded"] = False

    def _body(self) -> tuple[str, Any, Any, list[str]]:
        make = self._one([self._json_body] * 6 + [self._xml_body] * 2 + [self._form])
        return self._text_body() if self._chance(0.08) else make()

    def _json_body(self) -> tuple[str, Any, Any, list[str]]:
        expected = self._json(3)
        if not isinstance(expected, (dict, list)):
            expected = {"a": expected}
        actual = self._near(expected, self._one([0.0, 0.1, 0.3]))
        if not isinstance(actual, (dict, list)):
            actual = [actual]
        return "application/json", expected, actual, json_paths(expected)

    def _xml_body(self) -> tuple[str, Any, Any, list[str]]:
        expected = self._element(2, "r")
        actual = self._near_element(expected, self._one([0.0, 0.1, 0.3]))
        return (
            "application/xml",
            xml_text(expected),
            xml_text(actual),
            element_paths(expected, "$"),
        )

    def _form(self) -> tuple[str, Any, Any, list[str]]:
        expected = self._parameters(list("abc"))
        actual = self._near_parameters(expected)
        paths = ["$", *(f"$.{name}" for name in "abc"), "$.a[0]", "$.b[*]"]
        kind = "application/x-www-form-urlencoded"
        return kind, encoded(expected), encoded(actual), paths

    def _text_body(self) -> tuple[str, Any, Any, list[str]]:
        expected = self._one(TEXTS)
        actual = expected if self._chance(0.4) else self._one(TEXTS)
        return "text/plain", expected, actual, ["$"]

    def _json(self, depth: int) -> Any:
        kind = self._random.random()
        if depth == 0 or kind < 0.3:
            return self._one(SCALARS)
        if kind < 0.7:
            keys = sorted(self._random.sample(KEYS, self._random.randint(0, 3)))
            return {key: self._json(depth - 1) for key in keys}
        example = self._json(depth - 1)
        return [self._near(example, 0.2) for _ in range(self._random.randint(0, 3))]

    def _near(self, value: Any, changes: float) -> Any:
        if isinstance(value, dict):
            found = {key: self._near(item, changes) for key, item in value.items()}
            if found and self._chance(changes / 4):
                found.pop(self._one(sorted(found)))
            if self._chance(changes / 4):
                found[self._one(KEYS)] = self._json(1)
            return found
        if isinstance(value, list):
            found_list = [self._near(item, changes) for item in value]
            if found_list and self._chance(changes / 2):
                found_list.append(self._near(self._one(found_list), changes))
            if found_list and self._chance(changes / 4):
                found_list.pop(self._random.randrange(len(found_list)))
            return found_list
        if self._chance(changes):
            return self._one(SCALARS) if self._chance(0.9) else self._json(1)
        return value

    def _element(self, depth: int, name: str) -> Any:
        attributes = {key: self._one(TEXTS) for key in "ix" if self._chance(0.4)}
        children = []
        if depth and self._chance(0.8):
            children = [
                self._element(depth - 1, self._one(["a", "b"]))
                for _ in range(self._random.randint(0, 3))
            ]
        return name, attributes, children, "" if children else self._one(TEXTS)

    def _near_element(self, element: Any, changes: float) -> Any:
        name, attributes, children, text = element
        attributes = {
            key: self._one(TEXTS) if self._chance(changes) else value
            for key, value in attributes.items()
        }
        if self._chance(changes / 3):
            attributes["i"] = "1"
        children = [self._near_element(child, changes) for child in children]
        if children and self._chance(changes):
            children.append(self._near_element(self._one(children), changes))
        if children and self._chance(changes / 3):
            children.pop()
        if not children and self._chance(changes):
            text = self._one(TEXTS)
        return name, attributes, children, text

    def _parameters(self, names: list[str]) -> dict[str, list[str]]:
        chosen = self._random.sample(names, self._random.randint(1, 3))
        return {
            name: [self._one(TEXTS) for _ in range(self._one([1, 1, 1, 2]))]
            for name in chosen
        }

    def _near_parameters(self, expected: dict[str, list[str]]) -> dict[str, list[str]]:
        found = {}
        for name, values in expected.items():
            if self._chance(0.05):
                continue
            near = [self._one(TEXTS) if self._chance(0.2) else one for one in values]
            if self._chance(0.1):
                near.append(self._one(near))
            found[name] = near
        return found

    # -- rules -----------------------------------------------------------------------

    def _rule_list(self) -> Members:
        count = 1 if self._chance(0.8) else 2
        rules: Members = {"matchers": [dict(self._one(RULES)) for _ in range(count)]}
        if self._chance(0.5):
            rules["combine"] = self._one(["AND", "OR"])
        return rules

    def _add_rules(self, rules: Members, category: str, names: Members) -> None:
        for name in names:
            if self._chance(0.4):
                rules.setdefault(category, {})[name] = self._rule_list()

    def _add_body_rules(self, rules: Members, paths: list[str]) -> None:
        for _ in range(self._one([0, 1, 1, 2, 3])):
            path = self._one(paths)
            if self._chance(0.3):
                path = path.replace("[0]", "[*]").replace("[1]", "[*]")
            if self._chance(0.15) and "." in path:
                path = f"{path.rpartition('.')[0]}.*"
            rules.setdefault("body", {})[path] = self._rule_list()


def case(kind: str, version: str, about: str, expected: Any, actual: Any) -> Members:
    """Put the parts of a case together."""
    return {
        "kind": kind,
        "version": version,
        "about": about,
        "expected": expected,
        "actual": actual,
    }


def json_paths(value: Any, path: str = "$") -> list[str]:
    """List the paths of all places in a JSON value."""
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            step = f".{key}" if key.isalpha() else f"['{key}']"
            found += json_paths(item, path + step)
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += json_paths(item, f"{path}[{index}]")
    return found


def element_paths(element: Any, path: str) -> list[str]:
    """List the paths of an element, its text, its attributes and its children."""
    name, attributes, children, _ = element
    path = f"{path}.{name}"
    found = [path, f"{path}['#text']"]
    found += [f"{path}['@{key}']" for key in attributes]
    for child in children:
        found += element_paths(child, path)
    return found


def xml_text(element: Any) -> str:
    """Write an element as XML."""
    name, attributes, children, text = element
    inside = "".join(map(xml_text, children)) + escape(text)
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{inside}</{name}>"


def encoded(parameters: Mapping[str, Sequence[str]]) -> str:
    """Write parameters as a query or a form."""
    return "&".join(
        f"{name}={quote(value)}"
        for name, values in parameters.items()
        for value in values
    )
