"""Compare bodies: first their content type and presence, then their content.

The content type of the expected body determines the comparison of the content, see
`pypact.model.body.ContentKind`.

Source: docs/internals/specification.md, "4. Body matching".
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from pypact.model.body import (
    NULL_BODY,
    Body,
    BodyPlan,
    BodyState,
    ContentType,
    ExpectedBody,
    decode_text,
    find_content_kind,
    is_handled_as_json,
)
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind, escape_template
from pypact.model.rules import MatchingRules, RuleList
from pypact.rules.compiled import (
    INVALID_PATH,
    CompiledList,
    CompiledRule,
    CrossingPathsError,
    RuleTree,
    compile_tree,
)


def compile_body(expected: ExpectedBody) -> BodyPlan:
    """Compile an expected body by its content type."""
    return find_content_kind(expected.content_type).plan(expected)


# -- what the plans of several content types have in common ----------------------------

body_mismatch = partial(Mismatch, MismatchKind.BODY)


def try_parse(parse: Callable[..., Json], *arguments: object) -> tuple[Any, str | None]:
    """Parse a body; return the result and None, or None and why it is not valid."""
    try:
        return parse(*arguments), None
    except ValueError as error:
        return None, str(error)


def report_invalid(
    expected: str | None,
    actual: str | None,
    values: tuple[Json, Json] = (None, None),
) -> list[Mismatch]:
    """Return a mismatch, with its reason, for each body that cannot be parsed."""
    return [
        body_mismatch(
            path="$",
            rule=None,
            expected=values[0],
            actual=values[1],
            problem=f"Failed to parse the {side} body: {escape_template(reason)}",
        )
        for side, reason in (("expected", expected), ("actual", actual))
        if reason is not None
    ]


MOST_MISMATCHES = 100
"""The number of mismatches from which a body or query is not compared further."""


def collect_mismatches(results: Iterable[Iterable[Mismatch]]) -> list[Mismatch]:
    """Return the mismatches of several parts, up to about `MOST_MISMATCHES`."""
    found: list[Mismatch] = []
    for result in results:
        if result:
            found += result
            if len(found) >= MOST_MISMATCHES:
                break
    return found


def mark_incomplete(found: list[Mismatch]) -> list[Mismatch]:
    """Return the mismatches of one part; if there are too many, the first of them."""
    if len(found) < MOST_MISMATCHES:
        return found
    problem = f"There are more mismatches; the first {MOST_MISMATCHES:,} are listed"
    kind = found[0].kind
    path = "$" if kind == MismatchKind.BODY else ""
    return [*found[:MOST_MISMATCHES], Mismatch(kind, path, None, None, None, problem)]


class TooManyPairsError(Exception):
    """Lists are too long to be compared in any order."""


class PairCounter:
    """A counter of the values that are compared in pairs, in one body.

    Lists of lists multiply them: all lists of a body share a counter.
    """

    __slots__ = ("_left", "_sizes")

    def __init__(self) -> None:
        self._left = _MOST_PAIRED_VALUES
        self._sizes: dict[int, int] = {}

    def count_pair(self, expected: Json, actual: Json) -> None:
        """Count the values in a pair; raise TooManyPairsError if there are too many.

        The values must be kept alive.
        """
        size = self._measure(expected) + self._measure(actual)
        self.count_step(_PAIR_COST + size)

    def count_step(self, values: int = 1) -> None:
        """Count another look at a pair."""
        self._left -= values
        if self._left < 0:
            raise TooManyPairsError

    def _measure(self, value: Json) -> int:
        if not isinstance(value, (dict, list)):
            return 1
        size = self._sizes.get(id(value))
        if size is None:
            items = value.values() if isinstance(value, dict) else value
            size = self._sizes[id(value)] = 1 + sum(map(self._measure, items))
        return size


_PAIR_COST = 8  # in the time that a value takes
_MOST_PAIRED_VALUES = 800_000  # 80,000 pairs of numbers
TOO_MANY_PAIRS = (
    "The lists are too long to be compared in any order: "
    "too many pairs of items, or too many values in them"
)


def find_missing_variants(
    rule: CompiledRule,
    expected: Sequence[Json],
    is_found: Callable[[Json, RuleTree], bool],
    show: Callable[[Json], str],
) -> Iterator[tuple[Json, str]]:
    """Apply arrayContains; yield (expected value, message template) for each failure.

    `is_found` returns whether an actual item matches an expected one by the rules of
    its variant; `show` writes an expected item into the template.
    """
    variants, problem = rule.variants(len(expected))
    if problem is not None:
        yield expected, problem
    for variant in variants:
        index = variant.index
        if index >= len(expected):
            problem = f"ArrayContains: variant {index} is missing from the expected "
            yield expected, f"{problem}list, which has {len(expected)} items"
        elif not is_found(expected[index], variant.tree):
            problem = f"Variant at index {index} ({show(expected[index])}) "
            yield expected[index], f"{problem}was not found in the actual list"


def run_deep(compare: Callable[[], list[Mismatch]]) -> list[Mismatch]:
    """Compare two documents; if they are nested deeply, in a thread with a large stack.

    Raises: RecursionError, if even that is not enough.
    """
    try:
        return compare()
    except RecursionError:
        pass
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 -- rarely needed

    with _DEEP:
        limit, size = sys.getrecursionlimit(), threading.stack_size()
        try:
            sys.setrecursionlimit(max(limit, _DEEP_FRAMES))
            threading.stack_size(_DEEP_STACK)
            with ThreadPoolExecutor(1, "pypact-deep") as thread:
                return thread.submit(compare).result()
        finally:
            threading.stack_size(size)
            sys.setrecursionlimit(limit)


_DEEP = threading.Lock()
_DEEP_FRAMES = 20_000
_DEEP_STACK = 256 * 1024 * 1024


# -- bodies with their content types ---------------------------------------------------

TYPE_DIFFERS = "Expected a body of {expected} but the actual content type was {actual}"


class BodyCheck:
    """The expected body of a request, response or message, compiled with its rules.

    `strict` is true for requests: unexpected keys of objects are mismatches. A content
    type that differs is accepted if it passes `type_rules`; `type_differs` is the
    message template if it does not. `has_type_header` is true if a header declares the
    expected type, so that comparing the headers reports another type.

    `accepts_all` is true if no body is declared, so that any body matches. `parts` is
    (1, 1) for a declared body without rules, (0, 1) for one with rules, else (0, 0);
    `rule_count` is the number of rule paths.
    """

    def __init__(
        self,
        body: Body,
        content_type: ContentType,
        rules: MatchingRules,
        *,
        strict: bool,
        has_type_header: bool,
        type_rules: CompiledList | None = None,
        type_differs: str = TYPE_DIFFERS,
    ) -> None:
        body_rules = rules.get("body") or _NO_BODY_RULES
        if body.content.strip() == b"null" and is_handled_as_json(content_type):
            body = NULL_BODY
        self._body = body
        self._content_type = body.content_type or content_type
        self._has_type_header = has_type_header
        self._type_rules = type_rules
        self._type_differs = type_differs
        self._problems: list[Mismatch] = []
        if body_rules:
            self._problems += (
                body_mismatch(
                    path, None, path, None, escape_template(INVALID_PATH + reason)
                )
                for path, reason in compile_tree(body_rules).invalid_paths
            )
        self.accepts_all = body.state is BodyState.MISSING and not self._problems
        self._plan: BodyPlan | None = None
        if body.state is BodyState.PRESENT:
            expected = ExpectedBody(
                body.content, content_type, body_rules, strict, body.hint
            )
            self._plan = compile_body(expected)
        self.rule_count = len(body_rules)
        looked_at = int(body.state is not BodyState.MISSING)
        self.parts = (0 if body_rules else looked_at, looked_at)

    def check(self, actual: Body, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual body and its content type."""
        try:
            return [*self._problems, *self._check_content(actual, content_type)]
        except CrossingPathsError as error:
            return [body_mismatch("$", None, "…", "…", escape_template(str(error)))]

    def _check_content(self, actual: Body, content_type: ContentType) -> list[Mismatch]:
        if self._body.state is BodyState.MISSING:
            return []
        if self._plan is None:
            return self._check_emptiness(actual, content_type)
        is_same = content_type is self._content_type  # parsed types are cached
        if not is_same and not self._accepts_type(content_type):
            expected, other = str(self._content_type), str(content_type)
            problem = self._type_differs
            return [
                Mismatch(MismatchKind.BODY_TYPE, "", None, expected, other, problem)
            ]
        if actual.state is BodyState.PRESENT:
            return self._plan.check(actual.content, content_type)
        if actual.state is BodyState.NULL:
            return self._plan.check(b"null", content_type)
        how = "missing" if actual.state is BodyState.MISSING else "empty"
        problem = f"Expected body {{expected}} but was {how}"
        content = self._body.content
        return [
            body_mismatch("/", None, decode_text(content) or content, None, problem)
        ]

    def _accepts_type(self, content_type: ContentType) -> bool:
        expected, rules = self._content_type, self._type_rules
        return expected.accepts(content_type) or (
            rules is not None
            and not rules.find_text_failures(str(expected), str(content_type))
        )

    def _check_emptiness(
        self, actual: Body, content_type: ContentType
    ) -> list[Mismatch]:
        if not actual.is_present:
            return []
        if self._has_type_header and not self._accepts_type(content_type):
            return []  # comparing the headers reports it
        if (
            self._body.state is BodyState.NULL
            and actual.content.strip() == b"null"
            and is_handled_as_json(content_type)
        ):
            return []
        problem = "Expected empty body but received {actual}"
        content = decode_text(actual.content) or actual.content
        return [body_mismatch("/", None, None, content, problem)]


_NO_BODY_RULES: Mapping[str, RuleList] = {}
