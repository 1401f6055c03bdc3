"""Find the variable values of XML.

They form an object: an element is an object of its attributes (`@name`), its text
(`#text`) and its children by name; several children of one name are a list. Parts that
keep their example are left out.

Source: docs/internals/specification.md, "4.5 XML".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from xml.dom import minidom as dom
from xml.sax.saxutils import escape, quoteattr

from pypact._dataclasses import dataclass
from pypact.fields.xml import (
    get_root,
    get_text,
    group_children,
    list_attributes,
    list_children,
)
from pypact.matching.xml import parse_document
from pypact.model.body import ExpectedBody
from pypact.model.json import Json
from pypact.model.rules import PathToken
from pypact.rules.compiled import ElementPlace, compile_tree
from pypact.rules.table import CASCADING_WALKS
from pypact.strategies.bodies import ContentShape, KeptPaths
from pypact.strategies.choices import Choice, MakeValue, Source, keep, list_kind
from pypact.strategies.kinds import UNICODE_TEXT
from pypact.strategies.values import (
    build_list,
    build_object,
    is_printable,
    repeat,
    vary_string,
)


def shape_xml(expected: ExpectedBody, kept: KeptPaths) -> ContentShape:
    """Return the shape of an XML document."""
    content = expected.content
    root = get_root(parse_document(content))
    maker = _ElementMaker(expected, kept)
    place = compile_tree(expected.rules).document.enter(_get_name(root))
    element = maker.make(root, place, (root.tagName,))
    if not element.varies:
        return ContentShape({}, {}, lambda _: content)

    has_declaration = content.lstrip().startswith(b"<?xml")
    declaration = '<?xml version="1.0" encoding="utf-8"?>' if has_declaration else ""
    template = _Template.read(root)

    def build(values: Mapping[str, Any]) -> bytes:
        written = template.write(values["$"].get(root.tagName, {}))
        return f"{declaration}{written}".encode()

    values = partial(build_object, {root.tagName: element.vary()})
    return ContentShape({"$": {root.tagName: element.example}}, {"$": values}, build)


@dataclass(frozen=True, slots=True)
class _ElementShape:
    """The variable members of an element, with the names of additional ones."""

    example: dict[str, Json]
    members: dict[str, MakeValue]
    additional: Sequence[str]

    @property
    def varies(self) -> bool:
        return bool(self.members or self.additional)

    def vary(self) -> MakeValue:
        more = Choice({}, list_kind([{name: "x"} for name in self.additional]))

        def build(source: Source) -> dict[str, Json]:
            return {**build_object(self.members, source), **source.pick(more)}

        return build


class _ElementMaker:
    """A maker of the shapes of the elements of one document."""

    def __init__(self, expected: ExpectedBody, kept: KeptPaths) -> None:
        self._is_open = not expected.strict
        # Without indexes: if one element keeps its example, all of its name do.
        self._kept = {tuple(t for t in path if isinstance(t, str)) for path in kept}

    def make(
        self, element: dom.Element, place: ElementPlace, path: tuple[PathToken, ...]
    ) -> _ElementShape:
        shape = _ElementShape({}, {}, self._list_additional(element, place))
        for attribute in list_attributes(element):
            name = f"@{attribute.name}"
            inner = place.enter(f"@{_get_name(attribute)}")
            self._add_text(shape, name, attribute.value, inner, (*path, name))
        children = group_children([element])
        text = get_text(element)
        if text or not children:
            inner = place.enter("#text")
            self._add_text(shape, "#text", text, inner, (*path, "#text"))
        for group in children.values():
            self._add_group(shape, group, place, path)
        return shape

    def _add_text(
        self,
        shape: _ElementShape,
        name: str,
        text: str,
        place: ElementPlace,
        path: tuple[PathToken, ...],
    ) -> None:
        rules = place.best
        if rules is None or path in self._kept:
            return
        if place.cascaded and not rules.walks.isdisjoint(CASCADING_WALKS):
            return
        shape.example[name] = text
        shape.members[name] = vary_string(text, rules, is_printable, UNICODE_TEXT)

    def _add_group(
        self,
        shape: _ElementShape,
        group: list[dom.Element],
        parent: ElementPlace,
        path: tuple[PathToken, ...],
    ) -> None:
        """Add the children of one name."""
        name, tag = _get_name(group[0]), group[0].tagName
        inner = (*path, tag)
        made = [
            self.make(child, parent.enter(name, index), inner)
            for index, child in enumerate(group)
        ]
        rules = parent.enter(name)
        examples: list[Json] = [one.example for one in made]
        if rules.best is not None and rules.best.has_type_rule and not rules.cascaded:
            # Each child, of any number, is compared with the first one.
            item = self.make(group[0], rules, inner).vary()
            shape.example[tag] = examples
            shape.members[tag] = repeat(keep(examples), item, _SIZES)
        elif any(one.varies for one in made):
            values = [one.vary() for one in made]
            is_single = len(group) == 1
            shape.example[tag] = examples[0] if is_single else examples
            shape.members[tag] = values[0] if is_single else partial(build_list, values)

    def _list_additional(self, element: dom.Element, place: ElementPlace) -> list[str]:
        """Return the names of an additional attribute and an additional child."""
        if not self._is_open:
            return []
        found = []
        if list_attributes(element):
            found.append("@x-new")
        if list_children(element) and not place.enter("additional").is_typed:
            found.append("additional")
        return found


@dataclass(frozen=True, slots=True)
class _Template:
    """An element of the example, which can be written with other members.

    `nodes` has its child nodes in their order: ("#text", XML) for a text, (name, index)
    for a child element, and ("", XML) for others, such as comments.
    """

    tag: str
    attributes: Mapping[str, str]
    nodes: Sequence[tuple[str, str | int]]
    children: Mapping[str, Sequence[_Template]]

    @classmethod
    def read(cls, element: dom.Element) -> _Template:
        nodes: list[tuple[str, str | int]] = []
        children: dict[str, list[_Template]] = {}
        for node in element.childNodes:
            if isinstance(node, dom.Element):
                group = children.setdefault(node.tagName, [])
                nodes.append((node.tagName, len(group)))
                group.append(cls.read(node))
            else:
                is_text = isinstance(node, dom.Text)
                nodes.append(("#text" if is_text else "", node.toxml()))
        return cls(element.tagName, dict(element.attributes.items()), nodes, children)

    def write(self, members: Mapping[str, Json]) -> str:
        """Return the element as XML, with these members in place of its own."""
        changed = {name[1:]: v for name, v in members.items() if name[0] == "@"}
        attributes = {**self.attributes, **changed}.items()
        start = "".join(f" {name}={quoteattr(value)}" for name, value in attributes)
        text = members.get("#text")
        inside = [] if text is None else [escape(text)]
        for name, value in self.nodes:
            if isinstance(value, int):
                inside += self._write_children(name, value, members.get(name))
            elif text is None or not name:
                inside.append(value)
        inside += [
            f"<{name}>{escape(value)}</{name}>"
            for name, value in members.items()
            if name[0] not in "@#" and name not in self.children
        ]
        return f"<{self.tag}{start}>{''.join(inside)}</{self.tag}>"

    def _write_children(self, name: str, index: int, value: Json) -> Iterable[str]:
        """Write the child at an index, and after the last one those that are added."""
        group = self.children[name]
        if value is None:
            return [group[index].write({})]
        items = value if isinstance(value, list) else [value]
        written = [group[index].write(one) for one in items[index : index + 1]]
        if index == len(group) - 1:
            written += [group[0].write(one) for one in items[len(group) :]]
        return written


def _get_name(node: dom.Element | dom.Attr) -> str:
    """Return the qualified name, as in rule paths."""
    uri: str | None = node.namespaceURI
    local = node.localName or node.nodeName
    return f"{uri}:{local}" if uri else str(local)


_SIZES = (1, 20, 2, 3, 5)
"""The numbers of children of one name to try."""
