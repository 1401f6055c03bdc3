"""How does a user write an XML body, with matchers inside?

Source: semantics sections 4.5 (paths of rules) and 7.4 (paths of generators).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape, quoteattr

from pypact import match
from pypact.bodies.contents import Contents
from pypact.errors import InvalidExpectation
from pypact.match.integration import read_node
from pypact.match.nodes import MATCHER_TYPE
from pypact.match.split import joined
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.paths import ROOT, Path
from pypact.model.rules import Rule, RuleList

__all__ = ["Element", "element", "xml"]


@dataclass(frozen=True, slots=True)
class Element:
    """An XML element; its children are elements, strings, and matchers of either."""

    name: str
    children: tuple[Json, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=dict)


def element(
    name: str,
    /,
    *children: Json,
    attributes: Mapping[str, Json] | None = None,
    namespaces: Mapping[str, str] | None = None,
    **more_attributes: Json,
) -> Element:
    """Return an XML element.

    Children are elements, strings, matchers of strings, or
    `match.each_like(element(…))` for one or more elements. `namespaces` is prefix →
    URI, with "" for the default namespace. Keyword arguments are further attributes.
    """
    both = {**(attributes or {}), **more_attributes}
    return Element(name, children, both, namespaces or {})


def xml(
    root: Element | Mapping[str, Json], content_type: str = "application/xml"
) -> Contents:
    """Write an XML body from an element, or from integration JSON with a `root`."""
    if isinstance(root, Mapping):
        root = _read_element(root.get("root", root))
    writer = _XmlWriter()
    written = writer.element(root, _XmlPlace())
    content = f'<?xml version="1.0" encoding="UTF-8"?>{written}'.encode()
    return Contents(content, content_type, writer.rules, writer.generators)


@dataclass(frozen=True, slots=True)
class _XmlPlace:
    """A place in a document.

    `resolved` is its path in rules, with namespace URIs; `written` is its path in
    generators, with prefixes.
    """

    resolved: Path = ROOT
    written: Path = ROOT
    namespaces: Mapping[str, str] = field(default_factory=dict)

    def of_element(self, node: Element) -> _XmlPlace:
        inside = {**self.namespaces, **node.namespaces}
        name = _resolve_name(node.name, inside, inside.get(""))
        return _XmlPlace(self.resolved / name, self.written / node.name, inside)

    def of_attribute(self, name: str) -> _XmlPlace:
        known = _resolve_name(name, self.namespaces, None)
        return _XmlPlace(self.resolved / f"@{known}", self.written / f"@{name}")

    def of_text(self) -> _XmlPlace:
        return _XmlPlace(self.resolved / "#text", self.written / "#text")


class _XmlWriter:
    """Write elements, and collect their rules and generators."""

    def __init__(self) -> None:
        self.rules: dict[str, RuleList] = {}
        self.generators: dict[str, Generator] = {}

    def element(
        self, node: Element, outer: _XmlPlace, rules: RuleList | None = None
    ) -> str:
        place = outer.of_element(node)
        self._add(place, rules, None)
        start = [node.name]
        for prefix, uri in node.namespaces.items():
            name = f"xmlns:{prefix}" if prefix else "xmlns"
            start.append(f"{name}={quoteattr(uri)}")
        for name, value in node.attributes.items():
            text = self._text(value, place.of_attribute(name))
            start.append(f"{name}={quoteattr(text)}")
        inside = "".join(self._child(child, place) for child in node.children)
        end = f">{inside}</{node.name}>" if inside else "/>"
        return f"<{' '.join(start)}{end}"

    def _child(self, child: Json, place: _XmlPlace) -> str:
        if isinstance(child, Element):
            return self.element(child, place)
        if isinstance(child, match.Matcher) and (nodes := _read_elements(child.value)):
            rules = RuleList(tuple(_without_length(rule) for rule in child.rules))
            return "".join(self.element(node, place, rules) for node in nodes)
        return escape(self._text(child, place.of_text()))

    def _text(self, value: Json, place: _XmlPlace) -> str:
        texts, rules, generator = match.split_text(value)
        if len(texts) != 1:
            raise InvalidExpectation(
                f"{place.written}: expected one string, got {texts}"
            )
        self._add(place, rules, generator)
        return texts[0]

    def _add(
        self, place: _XmlPlace, rules: RuleList | None, generator: Generator | None
    ) -> None:
        key = str(place.resolved)
        if rules is not None:
            self.rules[key] = joined(self.rules.get(key), rules, key)
        if generator is not None:
            self.generators[str(place.written)] = generator


# -- integration JSON (semantics section 10, "XML bodies") -----------------------------


def _read_element(data: Mapping[str, Json]) -> Element:
    name = data.get("name") if isinstance(data, Mapping) else None
    if not isinstance(name, str):
        raise InvalidExpectation(f"xml(): {data!r} is not an element")
    children = tuple(_read_child(child) for child in data.get("children") or ())
    attributes = data.get("attributes") or {}
    return Element(name, children, attributes, data.get("namespaces") or {})


def _read_child(data: Mapping[str, Json]) -> Json:
    if MATCHER_TYPE in data:
        node = read_node({**data, "value": [None]})
        inner = _read_element(data.get("value", {}))
        return replace(node, value=[inner] * int(data.get("examples", 1)))
    if "content" in data:
        content = "" if data["content"] is None else data["content"]
        found = data.get("matcher")
        return {**found, "value": content} if found else content
    return _read_element(data)


# -- names and rules -------------------------------------------------------------------


def _read_elements(value: Json) -> list[Element]:
    items = value if isinstance(value, list) else [value]
    return items if all(isinstance(item, Element) for item in items) else []


def _without_length(rule: Rule) -> Rule:
    # In XML a length limits the children of the element itself (4.5). No rule limits
    # the number of elements with one name; there is always at least one.
    if rule.attributes.get("min", 1) != 1 or "max" in rule.attributes:
        raise InvalidExpectation(
            "xml(): the number of elements cannot be matched; leave out min and max"
        )
    return Rule(
        rule.name, {name: v for name, v in rule.attributes.items() if name != "min"}
    )


def _resolve_name(name: str, namespaces: Mapping[str, str], default: str | None) -> str:
    """Return the name as written in rule paths: `uri:local`."""
    prefix, colon, local = name.rpartition(":")
    if not colon:
        return f"{default}:{name}" if default else name
    if prefix == "xml":
        return f"http://www.w3.org/XML/1998/namespace:{local}"
    if prefix not in namespaces:
        raise InvalidExpectation(
            f"xml(): the prefix of {name!r} has no namespace; add it to `namespaces`"
        )
    return f"{namespaces[prefix]}:{local}"
