"""Do these two XML documents match?

Both are read into plain trees of elements with qualified names, so that prefixes,
comments and white space play no role. Rule paths are weighed along the names of the
elements; an index in a path speaks about the element before it.

Source: semantics section 4.5, "XML".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from pypact.contents.expected import ExpectedBody
from pypact.model.content_types import ContentType
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch, quoted
from pypact.model.paths import Star, Token, render
from pypact.model.rules import Rule
from pypact.rules.compiled import CompiledList, CompiledRule
from pypact.rules.tree import RuleTree

__all__ = ["Element", "XmlPlan", "parse_xml"]


@dataclass(slots=True)
class Element:
    """An element; `texts` are its own text and CDATA nodes, trimmed and not blank.

    Names are qualified: `uri:local`, or `local` without a namespace.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text directly inside."""
        return "".join(self.texts)

    @property
    def size(self) -> int:
        """The number of child nodes: elements and texts."""
        return len(self.children) + len(self.texts)


def parse_xml(content: bytes) -> Element:
    """Read an XML document; document type definitions and entities are refused.

    Raises: ValueError with the reason.
    """
    # Both are imported when a contract first has such a body.
    from xml.parsers.expat import ExpatError  # noqa: PLC0415 -- said above

    from defusedxml import DefusedXmlException, expatbuilder  # noqa: PLC0415 -- said above

    try:
        document = expatbuilder.parseString(content, forbid_dtd=True)  # type: ignore[arg-type]  # takes bytes as well
    except DefusedXmlException as error:
        raise ValueError(f"document type definitions are refused: {error}") from None
    except (ExpatError, ValueError, LookupError) as error:
        raise ValueError(str(error)) from None
    try:
        return _element(document.documentElement)
    finally:
        document.unlink()


class XmlPlan:
    """An expected XML document with its rules."""

    __slots__ = ("_content", "_error", "_expected", "_strict", "_tree")

    def __init__(self, expected: ExpectedBody) -> None:
        self._content = expected.content
        self._strict = expected.strict
        self._tree = RuleTree(expected.rules)
        self._error: str | None = None
        self._expected = Element("")
        try:
            self._expected = parse_xml(expected.content)
        except ValueError as error:
            self._error = str(error)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Compare an actual document."""
        error = None
        root = Element("")
        try:
            root = parse_xml(actual)
        except ValueError as problem:
            error = str(problem)
        found = [
            _mismatch(
                "$", None, None, None, f"Failed to parse the {side} body: {quoted(why)}"
            )
            for side, why in (("expected", self._error), ("actual", error))
            if why is not None
        ]
        if found:
            return found
        walk = _Walk(self._tree, strict=self._strict)
        return walk.element(self._expected, root, _Place((self._expected.name,), (0,)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are: the names from the root, and each one's position among its like."""

    names: tuple[str, ...]
    positions: tuple[int, ...]

    def below(self, name: str, position: int = 0) -> _Place:
        return _Place((*self.names, name), (*self.positions, position))

    def __str__(self) -> str:
        return render(self.names)


_Chosen: TypeAlias = "tuple[CompiledList | None, bool]"
"""The rule list that counts at a place, and whether it comes from further up."""


class _Walk:
    """One comparison of two documents."""

    def __init__(self, tree: RuleTree, *, strict: bool) -> None:
        self._ranked = tree.ranked[::-1]  # the greatest rank first
        self._strict = strict

    def element(
        self, expected: Element, actual: Element, place: _Place
    ) -> list[Mismatch]:
        if expected.name != actual.name:
            problem = "Expected {actual} to be equal to {expected}"
            return [_mismatch(str(place), None, expected.name, actual.name, problem)]
        rules, cascaded = self._choose(place)
        if rules is not None:
            failures = rules.failures(
                lambda rule: _element_problem(rule, expected, actual, cascaded=cascaded)
            )
            if failures:
                return [
                    _mismatch(
                        str(place), rule, *_shown(rule, expected, actual), problem
                    )
                    for rule, problem in failures
                ]
        return [
            *self._attributes(expected, actual, place),
            *self._children(expected, actual, place),
            *self._text(expected, actual, place),
        ]

    def _attributes(
        self, expected: Element, actual: Element, place: _Place
    ) -> Iterable[Mismatch]:
        wanted, given = expected.attributes, actual.attributes
        if (self._strict and len(wanted) != len(given)) or len(wanted) > len(given):
            problem = (
                f"Expected {len(wanted)} attribute(s) "
                f"but received {len(given)} attribute(s)"
                if wanted
                else "Did not expect any attributes but received {actual:list}"
            )
            yield _mismatch(str(place), None, list(wanted), list(given), problem)
        for name, value in wanted.items():
            at = place.below(f"@{name}")
            if name in given:
                yield from self._value(value, given[name], at)
            else:
                problem = (
                    f"Expected attribute '{quoted(name)}'={{expected}} but was missing"
                )
                yield _mismatch(str(at), None, value, None, problem)

    def _text(
        self, expected: Element, actual: Element, place: _Place
    ) -> list[Mismatch]:
        return self._value(expected.text, actual.text, place.below("#text"))

    def _value(self, expected: str, actual: str, place: _Place) -> list[Mismatch]:
        rules, cascaded = self._choose(place)
        if rules is None:
            if expected == actual:
                return []
            problem = "Expected {actual} to be equal to {expected}"
            return [_mismatch(str(place), None, expected, actual, problem)]
        failures = rules.failures(
            lambda rule: _text_problem(rule, expected, actual, cascaded=cascaded)
        )
        return [
            _mismatch(str(place), rule, expected, actual, problem)
            for rule, problem in failures
        ]

    def _children(
        self, expected: Element, actual: Element, place: _Place
    ) -> list[Mismatch]:
        if self._strict and not expected.children and actual.children:
            names = [child.name for child in actual.children]
            problem = "Expected no children but received [{actual:list}]"
            return [_mismatch(str(place), None, [], names, problem)]
        wanted, given = _by_name(expected.children), _by_name(actual.children)
        found = []
        for name in given.keys() - wanted.keys():
            if self._strict or self._fits_type(place.below(name)):
                found += [_unexpected(name, place) for _ in given[name]]
        for name, examples in wanted.items():
            found += self._group(examples, given.get(name, []), place.below(name))
        return found

    def _group(
        self, expected: list[Element], actual: list[Element], place: _Place
    ) -> list[Mismatch]:
        """Compare the children of one name; `place` is that of the first."""
        parent = _Place(place.names[:-1], place.positions[:-1])
        name = place.names[-1]
        if not actual:
            return [_missing(name, parent)]
        found = []
        if self._fits_type(place):
            for index, child in enumerate(actual):
                found += self.element(expected[0], child, parent.below(name, index))
            return found
        for index, child in enumerate(actual):
            if index < len(expected):
                found += self.element(expected[index], child, parent.below(name, index))
            elif self._strict:
                found.append(_unexpected(name, parent))
        found += [_missing(name, parent) for _ in expected[len(actual) :]]
        return found

    def _choose(self, place: _Place) -> _Chosen:
        for ranked in self._ranked:
            used = _fit(ranked.path.tokens, place)
            if used is not None:
                return ranked.list, used < len(place.names)
        return None, False

    def _fits_type(self, place: _Place) -> bool:
        return any(
            "type" in ranked.list.names and _fit(ranked.path.tokens, place) is not None
            for ranked in self._ranked
        )


def _fit(tokens: Sequence[Token], place: _Place) -> int | None:
    """Tell how many names of the place a rule path speaks of, if it fits at all."""
    used = 0
    for token in tokens:
        if token is Star.INDEX:
            continue
        if isinstance(token, int):
            position = place.positions[used - 1] if used else 0
            if token != position:
                return None
            continue
        if used == len(place.names):
            return None
        if token is not Star.ANY and token != place.names[used]:
            return None
        used += 1
    return used


def _element_problem(
    rule: CompiledRule, expected: Element, actual: Element, *, cascaded: bool
) -> str | None:
    """What a rule says of an element itself; that the names are equal is known."""
    if not rule.is_known:
        return rule.text(expected.text, actual.text)
    if rule.name == "type":
        return None if cascaded else rule.length_problem(actual.size)
    if rule.name == "equality":
        return None
    if rule.name == "notEmpty":
        return None if actual.size else "Expected {actual} to not be empty"
    if rule.name not in _OF_TEXTS:
        return f"Unable to match {{expected}} with {{actual}} using {rule.name}"
    if cascaded and actual.children and not actual.texts:
        return None
    return rule.text(expected.text, actual.text)


def _text_problem(
    rule: CompiledRule, expected: str, actual: str, *, cascaded: bool
) -> str | None:
    if cascaded and rule.name in _OF_CONTAINERS:
        return None
    return rule.text(expected, actual)


def _shown(rule: Rule, expected: Element, actual: Element) -> tuple[Json, Json]:
    if rule.name in _OF_TEXTS:
        return expected.text, actual.text
    if rule.name == "type":
        return _nodes(expected), _nodes(actual)
    return f"<{expected.name}/>", f"<{actual.name}/>"


def _nodes(element: Element) -> list[str]:
    return [f"<{child.name}/>" for child in element.children] + element.texts


def _by_name(children: Iterable[Element]) -> Mapping[str, list[Element]]:
    groups: dict[str, list[Element]] = {}
    for child in children:
        groups.setdefault(child.name, []).append(child)
    return groups


def _unexpected(name: str, place: _Place) -> Mismatch:
    problem = f"Unexpected child <{quoted(name)}/>"
    return _mismatch(str(place), None, None, f"<{name}/>", problem)


def _missing(name: str, place: _Place) -> Mismatch:
    problem = f"Expected child <{quoted(name)}/> but was missing"
    return _mismatch(str(place), None, f"<{name}/>", None, problem)


def _mismatch(
    path: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.BODY, path, rule, expected, actual, problem)


def _element(node: object) -> Element:
    # The nodes of xml.dom have no types of their own: their kind is told by a number.
    element = Element(_qualified(node.namespaceURI, node.localName))  # type: ignore[attr-defined]  # an element of xml.dom
    attributes = node.attributes  # type: ignore[attr-defined]  # the same
    for index in range(attributes.length):
        attribute = attributes.item(index)
        if attribute.namespaceURI != _XMLNS:
            name = _qualified(attribute.namespaceURI, attribute.localName)
            element.attributes[name] = attribute.value
    for child in node.childNodes:  # type: ignore[attr-defined]  # the same
        if child.nodeType == child.ELEMENT_NODE:
            element.children.append(_element(child))
        elif child.nodeType in (child.TEXT_NODE, child.CDATA_SECTION_NODE):
            text = child.data.strip()
            if text:
                element.texts.append(text)
    return element


def _qualified(uri: str | None, local: str) -> str:
    return f"{uri}:{local}" if uri else local


_XMLNS = "http://www.w3.org/2000/xmlns/"
_OF_TEXTS = frozenset(
    {
        "boolean",
        "date",
        "datetime",
        "decimal",
        "include",
        "integer",
        "number",
        "regex",
        "semver",
        "time",
    }
)
_OF_CONTAINERS = frozenset({"arrayContains", "eachKey", "eachValue"})
