"""Decide quickly whether two XML documents match.

Documents that can be read in only one way are parsed by the C parser of ElementTree,
and compared without collecting mismatches. If that does not show that they match, the
comparison in `xml.py` decides: it is slower, and reads all documents.

Source: docs/internals/specification.md, "4.5 XML"; docs/internals/performance.md, "What
was done, and why it is safe".
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, XMLParser

from pypact._lazy import compile_later
from pypact._process import pause_garbage_collection
from pypact.rules.compiled import CompiledList, CompiledRule, ElementPlace
from pypact.rules.table import CASCADING_WALKS, ElementCheck

MOST_LEVELS = 1_000
"""The greatest depth of a document that is compared."""

MOST_ATTRIBUTES = 10_000
"""The greatest number of attributes of an element that is compared."""


class QuickXml:
    """An expected document, parsed when it is first compared."""

    __slots__ = ("_content", "_is_parsed", "_place", "_root", "_strict")

    def __init__(self, content: bytes, place: ElementPlace, *, strict: bool) -> None:
        self._content = content
        self._place = place
        self._strict = strict
        self._root: Element | None = None
        self._is_parsed = False

    def matches(self, actual: bytes) -> bool:
        """Return whether a document surely matches."""
        with pause_garbage_collection():
            if not self._is_parsed:
                self._root = _parse(self._content)
                self._is_parsed = True
                if self._root is not None:
                    _drop_blank_texts(self._root)
            root = None if self._root is None else _parse(actual)
        if self._root is None or root is None:
            return False
        name = _read_name(self._root.tag)
        match = _Match(strict=self._strict)
        try:
            return match.match(self._root, root, self._place.enter(name), MOST_LEVELS)
        except RecursionError:
            return False


def _parse(content: bytes) -> Element | None:
    """Parse a document; return None if it is not plain, or not valid.

    A plain one is in an encoding that contains ASCII. Beyond its declaration it has no
    processing instruction, comment, CDATA section or document type. So it has no
    entities, and the C parser leaves out nothing that is compared.
    """
    start = _DECLARATION.match(content)
    if start is None or b"<!" in content or b"\0" in content:
        return None
    if content.find(b"<?", start.end()) >= 0:
        return None
    parser = XMLParser()  # noqa: S314 -- without a document type there are no entities
    try:
        parser.feed(content)
        root: Element = parser.close()
    except (ParseError, LookupError, ValueError):
        return None
    return root


def _drop_blank_texts(root: Element) -> None:
    """Free the memory of the white space between elements, which is not compared."""
    for element in root.iter():
        if element.tail is not None and element.tail.isspace():
            element.tail = None
        if element.text is not None and element.text.isspace():
            element.text = None


_DECLARATION = compile_later(
    rb"""(?ix)
    (\xef\xbb\xbf)?
    ( <\?xml \s+ version \s* = \s* ["'] 1\.0 ["']
      ( \s+ encoding \s* = \s* ["'] (utf-8 | us-ascii | iso-8859-1) ["'] )?
      ( \s+ standalone \s* = \s* ["'] (yes | no) ["'] )?
      \s* \?>
    )?
    \s* (?= < \w )
    """
)


def _read_name(tag: str) -> str:
    """Return a name as rule paths have it: `uri:local` for `{uri}local`."""
    return tag[1:].replace("}", ":") if tag[0] == "{" else tag


class _Match:
    """One comparison; each method returns whether its parts surely match."""

    __slots__ = ("_strict",)

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def match(
        self, expected: Element, actual: Element, place: ElementPlace, levels: int
    ) -> bool:
        """Compare two elements at one place, and what is below them."""
        if place.is_leaf and place.best is None:
            return self._match_plain(expected, actual, place, levels)
        if expected.tag != actual.tag or not levels:
            return False
        best, cascaded = place.best, place.cascaded
        if best is not None and not _passes_rules(expected, actual, best, cascaded):
            return False
        # `attrib` would create a mapping for each element without attributes.
        has_attributes = actual.items() or expected.items()
        if has_attributes and not self._match_attributes(expected, actual, place):
            return False
        if (len(expected) or len(actual)) and not self._match_children(
            expected, actual, place, levels - 1
        ):
            return False
        return _passes_value(
            place.enter("#text"), _join_text(expected), _join_text(actual)
        )

    def _match_plain(
        self, expected: Element, actual: Element, place: ElementPlace, levels: int
    ) -> bool:
        """Compare two elements to which no rules apply, nor to what is below them."""
        if expected.tag != actual.tag or not levels:
            return False
        wanted, found = expected.items(), actual.items()
        if (
            wanted != found or len(found) > MOST_ATTRIBUTES
        ) and not self._match_attributes(expected, actual, place):
            return False
        if not len(expected) and not len(actual):
            text, other = expected.text, actual.text
            return text == other or _is_same_text(text, other)
        if [one.tag for one in expected] != [one.tag for one in actual]:
            if not self._match_children(expected, actual, place, levels - 1):
                return False
            return _join_text(expected) == _join_text(actual)
        is_same_text = _is_same_text(expected.text, actual.text)
        for one, another in zip(expected, actual, strict=True):
            if not self._match_plain(one, another, place, levels - 1):
                return False
            text, other = one.tail, another.tail
            if text != other and not _is_same_text(text, other):
                is_same_text = False
        return is_same_text or _join_text(expected) == _join_text(actual)

    def _match_attributes(
        self, expected: Element, actual: Element, place: ElementPlace
    ) -> bool:
        wanted, found = expected.attrib, actual.attrib
        if len(wanted) > len(found) or len(found) > MOST_ATTRIBUTES:
            return False
        if self._strict and len(wanted) != len(found):
            return False
        for name, value in wanted.items():
            other = found.get(name)
            below = place.enter(f"@{_read_name(name)}")
            if other is None or not _passes_value(below, value, other):
                return False
        return True

    def _match_children(
        self, expected: Element, actual: Element, place: ElementPlace, levels: int
    ) -> bool:
        wanted, found = _group_by_tag(expected), _group_by_tag(actual)
        strict = self._strict
        if strict and found.keys() != wanted.keys():
            return False
        for tag in found.keys() - wanted.keys():
            if place.enter(_read_name(tag)).is_typed:
                return False
        for tag, examples in wanted.items():
            others = found.get(tag)
            if others is None:
                return False
            name = _read_name(tag)
            is_typed = place.enter(name).is_typed
            if not is_typed:
                if len(others) < len(examples):
                    return False
                if strict and len(others) != len(examples):
                    return False
                others = others[: len(examples)]
            for position, other in enumerate(others):
                example = examples[0 if is_typed else position]
                below = place.enter(name, position)
                if not self.match(example, other, below, levels):
                    return False
        return True


def _passes_value(place: ElementPlace, expected: str, actual: str) -> bool:
    """Return whether an attribute or text surely matches."""
    rules = place.best
    if rules is None:
        return expected == actual
    if place.cascaded and not rules.walks.isdisjoint(CASCADING_WALKS):
        return False
    return rules.passes_text(expected, actual)


def _passes_rules(
    expected: Element,
    actual: Element,
    best: CompiledList,
    cascaded: bool,  # noqa: FBT001 -- hot
) -> bool:
    """Return whether an element surely passes all rules of its place."""
    return all(_passes_rule(rule, expected, actual, cascaded) for rule in best.rules)


def _passes_rule(
    rule: CompiledRule,
    expected: Element,
    actual: Element,
    cascaded: bool,  # noqa: FBT001 -- hot
) -> bool:
    part = rule.kind.element
    if part is ElementCheck.PARTS:
        return True
    if rule.kind.compares_types and part is ElementCheck.NODES:
        if cascaded or (rule.min_length is None and rule.max_length is None):
            return True
        count = len(actual) + sum(map(bool, _list_texts(actual)))
        return rule.check_length(count) is None
    if part is not ElementCheck.TEXT or not rule.is_known:
        return False
    text = _join_text(actual)
    if cascaded and len(actual) and not text:
        return True
    try:
        return rule.text(_join_text(expected), text) is None
    except Exception:  # noqa: BLE001 -- the full comparison reports it
        return False


def _is_same_text(expected: str | None, actual: str | None) -> bool:
    return (expected or "").strip() == (actual or "").strip()


def _join_text(element: Element) -> str:
    """Return the text of the element itself, as `Element.text` in `xml.py`."""
    if len(element):
        return "".join(_list_texts(element))
    text = element.text
    return text.strip() if text else ""


def _list_texts(element: Element) -> list[str]:
    texts = [element.text, *(child.tail for child in element)]
    return [text.strip() for text in texts if text]


def _group_by_tag(parent: Element) -> Mapping[str, list[Element]]:
    groups: dict[str, list[Element]] = {}
    for child in parent:
        group = groups.get(child.tag)
        if group is None:
            groups[child.tag] = [child]
        else:
            group.append(child)
    return groups
