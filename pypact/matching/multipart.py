"""Compare multipart bodies part by part.

Parts are paired by name, and parts without a name by index. A field is compared as a
string; a file is compared as a body of its own content type.

Source: docs/internals/specification.md, "4.7 Multipart".
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import TypeAlias

from pypact._dataclasses import dataclass, replace
from pypact._lazy import compile_later
from pypact.masking import HIDDEN, NameFilter
from pypact.matching.body import (
    TYPE_DIFFERS,
    body_mismatch,
    collect_mismatches,
    compile_body,
    mark_incomplete,
    report_invalid,
    try_parse,
)
from pypact.model.body import (
    UNKNOWN_CONTENT_TYPE,
    BodyPlan,
    ContentType,
    ExpectedBody,
    parse_content_type,
)
from pypact.model.mismatches import Mismatch, escape_template
from pypact.model.rules import PathToken, RuleList, parse_path, render_path
from pypact.rules.compiled import (
    CompiledList,
    RuleTree,
    compile_named_rules,
    compile_rule_list,
    compile_tree,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a multipart body.

    `name` is that of the Content-Disposition header. Header names are in lower case,
    base64 content is decoded.
    """

    name: str | None
    is_file: bool
    headers: Mapping[str, str]
    content: bytes

    @property
    def content_type(self) -> ContentType:
        """The content type declared in the part's headers; it is not guessed."""
        declared = self.headers.get("content-type", "")
        return parse_content_type(declared) or UNKNOWN_CONTENT_TYPE


def parse_multipart(content: bytes, content_type: ContentType) -> list[Part]:
    """Split a multipart body into its parts.

    Raises: ValueError with the reason. Lines must end in CR LF, and the closing
    boundary must be present.
    """
    boundary = content_type.get_parameter("boundary")
    if not boundary:
        raise ValueError(f"the content type '{content_type}' has no boundary")
    delimiter = b"\r\n--" + boundary.encode()
    preamble, *pieces = (b"\r\n" + content).split(delimiter)
    parts: list[Part] = []
    for piece in pieces:
        if len(parts) == _MOST_PARTS and not piece.startswith(b"--"):
            raise ValueError(f"it has more than {_MOST_PARTS:,} parts")
        if piece.startswith(b"--"):
            return parts
        parts.append(_parse_part(piece))
    if b"--" + boundary.encode() in preamble:
        raise ValueError("its lines do not end in CR LF")
    raise ValueError(f"it is not closed by the boundary '--{boundary}--'")


class MultipartPlan:
    """An expected multipart body, compiled with its rules."""

    __slots__ = ("_error", "_parts")

    def __init__(self, expected: ExpectedBody) -> None:
        parts, self._error = try_parse(
            parse_multipart, expected.content, expected.content_type
        )
        tree, rules = compile_tree(expected.rules), group_rules(expected.rules)
        names = [part.name for part in parts or () if part.name is not None]
        if sum(len(rules.get(name, ())) for name in names) > _MOST_RULES:
            # Parts of one name have the same rules, and each compiles them.
            self._error = f"the rules of its parts are more than {_MOST_RULES:,} in all"
            parts = None
        try:
            self._parts = [
                _ExpectedPart(part, index, expected, tree, rules)
                for index, part in enumerate(parts or ())
            ]
        except RecursionError:
            self._parts, self._error = [], _TOO_DEEP

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual multipart body."""
        parts, error = try_parse(parse_multipart, actual, content_type)
        if self._error is not None or error is not None:
            return report_invalid(self._error, error)
        try:
            return mark_incomplete(collect_mismatches(self._compare(parts)))
        except RecursionError:
            return report_invalid(None, _TOO_DEEP)

    def _compare(self, actual: Sequence[Part]) -> Iterable[list[Mismatch]]:
        left: dict[str, deque[Part]] = {}  # the parts of a name not yet paired
        for part in actual:
            if part.name is not None:
                left.setdefault(part.name, deque()).append(part)
        for index, expected in enumerate(self._parts):
            name = expected.part.name
            if name is None:
                found = actual[index] if index < len(actual) else None
            else:
                found = left[name].popleft() if left.get(name) else None
            yield list(expected.check(found))


class _ExpectedPart:
    """An expected part, compiled with its rules."""

    def __init__(
        self,
        part: Part,
        index: int,
        expected: ExpectedBody,
        tree: RuleTree,
        rules: RulesByStep,
    ) -> None:
        self.part = part
        self._step: str | int = index if part.name is None else part.name
        self._rules = tree.choose(self._step)
        below = rules.get(self._step, {})
        self._header_rules = _compile_header_rules(below)
        self._plan: BodyPlan | None = None
        if part.is_file and part.content:
            file = replace(expected, content=part.content, rules=below)
            self._plan = compile_body(replace(file, content_type=part.content_type))

    def check(self, actual: Part | None) -> Iterable[Mismatch]:
        """Yield the mismatches of the actual part, which is None if it is missing."""
        name = escape_template(str(self._step))
        if actual is None:
            kind = "file" if self.part.is_file else "part"
            problem = f"Expected a MIME {kind} '{name}' but was missing"
            yield body_mismatch("$", None, str(self._step), None, problem)
        elif self.part.is_file != actual.is_file:
            one, other = ("file", "field") if self.part.is_file else ("field", "file")
            problem = f"Expected a MIME {one} '{name}' but was {other}"
            yield body_mismatch("$", None, one, other, problem)
        else:
            compare = self._compare_file if self.part.is_file else self._compare_field
            for mismatch in (*self._compare_headers(actual), *compare(actual)):
                problem = f"MIME part '{name}': {mismatch.problem}"
                yield replace(mismatch, problem=problem)

    def _compare_headers(self, actual: Part) -> Iterable[Mismatch]:
        for name, value in self.part.headers.items():
            rules = self._header_rules.get(name)
            if name == "content-disposition" and rules is None:
                continue
            path = render_path((self._step, name))
            actual_value = actual.headers.get(name)
            if actual_value is None:
                if name not in _OPTIONAL_HEADERS:
                    problem = f"Expected a header '{name}' but was missing"
                    yield body_mismatch(path, None, value, None, problem)
            elif rules is not None:
                for rule, problem in rules.find_text_failures(value, actual_value):
                    text = f"Mismatch with header '{name}': {problem}"
                    yield body_mismatch(path, rule, value, actual_value, text)
            elif value != actual_value:
                problem = f"Expected header '{name}' to have value "
                problem += "{expected} but was {actual}"
                yield body_mismatch(path, None, value, actual_value, problem)

    def _compare_field(self, actual: Part) -> Iterable[Mismatch]:
        path = render_path((self._step,))
        one = self.part.content.decode(errors="replace")
        other = actual.content.decode(errors="replace")
        rules = self._rules or compile_named_rules("equality")
        for rule, problem in rules.find_text_failures(one, other):
            shown = rule if self._rules is not None else None
            yield body_mismatch(path, shown, one, other, problem)

    def _compare_file(self, actual: Part) -> Iterable[Mismatch]:
        expected_type, actual_type = self.part.content_type, actual.content_type
        if not expected_type.accepts(actual_type):
            types = str(expected_type), str(actual_type)
            yield body_mismatch("$", None, *types, TYPE_DIFFERS)
        elif self._plan is not None:
            yield from self._plan.check(actual.content, actual_type)
        elif actual.content:
            problem = "Expected empty contents but received {actual}"
            yield body_mismatch("$", None, None, actual.content, problem)


def replace_part_contents(
    content: bytes, content_type: ContentType, contents: Mapping[int, bytes]
) -> bytes:
    """Return a valid multipart body with other contents for some of its parts.

    `contents` has the contents by the index of the part.

    Raises: ValueError if one of them contains the boundary.
    """
    boundary = content_type.get_parameter("boundary") or ""
    delimiter = b"\r\n--" + boundary.encode()
    preamble, *pieces = (b"\r\n" + content).split(delimiter)
    for index, new in contents.items():
        padding, head, _ = _split_part(pieces[index])
        encoding = _parse_headers(head).get("content-transfer-encoding", "")
        if encoding.strip().lower() == "base64":
            new = base64.b64encode(new)  # noqa: PLW2901 -- as it is sent
        if delimiter in b"\r\n" + new:
            raise ValueError("the content of a part contains the boundary")
        pieces[index] = padding + head + b"\r\n\r\n" + new
    return delimiter.join([preamble, *pieces])[2:]


def _split_part(piece: bytes) -> tuple[bytes, bytes, bytes]:
    """Return what follows the boundary in its line, the head and the content."""
    padding, line_end, rest = piece.partition(b"\r\n")
    if padding.strip(b" \t") or not line_end:
        raise ValueError("a boundary is not followed by a line end (CR LF)")
    head, blank, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if not blank:
        raise ValueError("a part has no blank line (CR LF) after its headers")
    return padding, head, content


def _parse_part(piece: bytes) -> Part:
    _, head, content = _split_part(piece)
    headers = _parse_headers(head)
    disposition = _parse_disposition(headers.get("content-disposition"))
    name = disposition.get("name")
    is_file = "filename" in disposition or "content-disposition" not in headers
    if headers.get("content-transfer-encoding", "").strip().lower() == "base64":
        content = _decode_base64(content)
    return Part(name, is_file, headers, content)


def _parse_headers(head: bytes) -> dict[str, str]:
    text = head.decode(errors="replace")
    headers = {}
    for line in re.sub("\r\n[ \t]", " ", text).split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
        elif line.strip():
            raise ValueError(f"a header line of a part has no colon: {line!r}")
    return headers


@functools.lru_cache(maxsize=256)  # parsing takes longer than comparing a part
def _parse_disposition(value: str | None) -> Mapping[str, str]:
    if value is not None and len(value) > _LONGEST_DISPOSITION:
        raise ValueError(
            f"a Content-Disposition has more than {_LONGEST_DISPOSITION:,} characters"
        )
    message = Message()
    message["content-disposition"] = value or ""
    found = {}
    for name in ("name", "filename"):
        parameter = message.get_param(name, header="content-disposition")
        if parameter is not None:
            found[name] = collapse_rfc2231_value(parameter)
    return found


def _decode_base64(content: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        return content


RulesByStep: TypeAlias = "dict[PathToken, dict[str, RuleList]]"
"""The rules by the first step of their path, with paths relative to it."""


def group_rules(rules: Mapping[str, RuleList]) -> RulesByStep:
    """Group the rules of a multipart body by its parts."""
    found: RulesByStep = {}
    for text, rule_list in rules.items():
        try:
            tokens = parse_path(text).tokens
        except ValueError:
            continue  # reported by `BodyCheck`
        if tokens:
            found.setdefault(tokens[0], {})[render_path(tokens[1:])] = rule_list
    return found


def _compile_header_rules(rules: Mapping[str, RuleList]) -> dict[str, CompiledList]:
    return {
        path[3:-2] if path.startswith("$['") else path[2:]: compile_rule_list(rule_list)
        for path, rule_list in rules.items()
        if path != "$" and rule_list.rules
    }


_TOO_DEEP = "it is nested too deeply"
_MOST_PARTS = 10_000
_MOST_RULES = 100_000
_LONGEST_DISPOSITION = 4_000

# Headers that the actual part may leave out.
_OPTIONAL_HEADERS = frozenset(
    {"content-type", "content-disposition", "content-transfer-encoding"}
)


def hide_part_secrets(content: bytes, find_secrets: NameFilter) -> bytes:
    """Return a multipart body without the content of parts that carry secrets."""
    names = {
        found["name"].decode(errors="replace") for found in _PART.finditer(content)
    }
    secret = find_secrets(names)

    def hide(found: re.Match[bytes]) -> bytes:
        if found["name"].decode(errors="replace") not in secret:
            return found[0]
        return found["head"] + HIDDEN.encode()

    return _PART.sub(hide, content)


# The headers of a part with a name, and its content up to the next boundary.
_PART = compile_later(
    rb"""(?P<head>content-disposition:[^\r\n]*?;\s*name="?(?P<name>[^";\r\n]+)"""
    rb"""[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)(?:.+?)(?=\r\n--)""",
    re.DOTALL | re.IGNORECASE,
)
