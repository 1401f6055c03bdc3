"""List the fields of XML: elements and attributes, all with the same path at once.

Paths have the names with their prefixes, as they are written in the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any
from xml.dom import minidom as dom

from pypact.fields.base import (
    REMOVED,
    VALUE,
    Change,
    ContentField,
    describe_text,
    make_text_changes,
)
from pypact.matching.xml import parse_document
from pypact.model.rules import render_path


def list_xml_fields(content: bytes) -> list[ContentField]:
    """Return the elements and attributes; containing elements come first.

    Raises: ValueError for content that is not XML.
    """
    root = get_root(parse_document(content))
    return list(_walk([root], (root.tagName,)))


def _walk(
    elements: list[dom.Element], names: tuple[str, ...]
) -> Iterator[ContentField]:
    yield _make_element(elements, names)
    attributes: dict[str, list[str]] = {}
    for element in elements:
        for one in list_attributes(element):
            attributes.setdefault(one.name, []).append(one.value)
    for name, values in attributes.items():
        yield _make_attribute(names, name, values)
    for name, found in group_children(elements).items():
        yield from _walk(found, (*names, name))


def _make_element(elements: list[dom.Element], names: tuple[str, ...]) -> ContentField:
    bind = partial(_bind, names)
    changes: dict[str, Sequence[Change]] = {}
    texts = [get_text(one) for one in elements]
    has_children = any(list_children(one) for one in elements)
    if has_children:
        before = "an element with children"
        changes["empty"] = [Change(bind(_clear), "an empty element")]
        changes[VALUE] = [Change(bind(_repeat_child), before)]
        if any(_list_repeated(one) for one in elements):
            changes["shorter"] = [Change(bind(_remove_repeated), before)]
    else:
        before = describe_text(texts[0])
        changes |= make_text_changes(
            texts,
            lambda change: bind(lambda one: _set_text(one, change(get_text(one)))),
        )
    if len(names) > 1:
        changes[REMOVED] = [Change(bind(_remove))]
    return ContentField(render_path(names), _list_parents(names), changes, before)


def _make_attribute(
    names: tuple[str, ...], name: str, values: Sequence[str]
) -> ContentField:
    def bind(change: Callable[[str], str]) -> Callable[[bytes], bytes]:
        def set_attribute(element: dom.Element) -> None:
            if element.hasAttribute(name):
                element.setAttribute(name, change(element.getAttribute(name)))

        return _bind(names, set_attribute)

    def remove(element: dom.Element) -> None:
        if element.hasAttribute(name):
            element.removeAttribute(name)

    changes = make_text_changes(values, bind)
    changes[REMOVED] = [Change(_bind(names, remove))]
    path = (*names, f"@{name}")
    before = describe_text(values[0])
    return ContentField(render_path(path), _list_parents(path), changes, before)


def _bind(
    names: tuple[str, ...], change: Callable[[dom.Element], None]
) -> Callable[[bytes], bytes]:
    """Return a function that changes all elements at a path."""

    def apply(content: bytes) -> bytes:
        document = parse_document(content)
        root = get_root(document)
        found = [root] if root.tagName == names[0] else []
        for name in names[1:]:
            found = [
                child
                for element in found
                for child in list_children(element)
                if child.tagName == name
            ]
        for element in found:
            change(element)
        return document.toxml("utf-8")

    return apply


def _list_parents(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(render_path(names[:length]) for length in range(len(names)))


def get_root(document: dom.Document) -> dom.Element:
    """Return the root element of a parsed document."""
    root = document.documentElement
    assert root is not None  # noqa: S101 -- a parsed document has one
    return root


def list_children(element: dom.Element) -> list[dom.Element]:
    """Return the child elements."""
    return [one for one in element.childNodes if isinstance(one, dom.Element)]


def group_children(elements: Iterable[dom.Element]) -> dict[str, list[dom.Element]]:
    """Return the child elements of some elements, by their tag names."""
    groups: dict[str, list[dom.Element]] = {}
    for element in elements:
        for child in list_children(element):
            groups.setdefault(child.tagName, []).append(child)
    return groups


def list_attributes(element: dom.Element) -> list[dom.Attr]:
    """Return the attributes, without the declarations of namespaces."""
    attributes: Iterable[Any] = element.attributes.values()
    return [
        one
        for one in attributes
        if one.name != "xmlns" and not one.name.startswith("xmlns:")
    ]


def get_text(element: dom.Element) -> str:
    """Return the text of an element itself, stripped."""
    texts = (one.data for one in element.childNodes if isinstance(one, dom.Text))
    return "".join(texts).strip()


def _set_text(element: dom.Element, text: str) -> None:
    _clear(element)
    document = element.ownerDocument
    assert document is not None  # noqa: S101 -- it was parsed
    if text:
        element.appendChild(document.createTextNode(text))


def _clear(element: dom.Element) -> None:
    for child in list(element.childNodes):
        element.removeChild(child)


def _repeat_child(element: dom.Element) -> None:
    children = list_children(element)
    if children:
        copy: Any = children[-1].cloneNode(deep=True)
        element.appendChild(copy)


def _list_repeated(element: dom.Element) -> list[dom.Element]:
    """Return the children that follow another one of the same name."""
    seen = set()
    repeated = []
    for child in list_children(element):
        if child.tagName in seen:
            repeated.append(child)
        seen.add(child.tagName)
    return repeated


def _remove_repeated(element: dom.Element) -> None:
    for child in _list_repeated(element):
        element.removeChild(child)


def _remove(element: dom.Element) -> None:
    parent = element.parentNode
    assert parent is not None  # noqa: S101 -- the root is not removed
    parent.removeChild(element)
