"""Where in an XML document do generated values go?

Names are taken as the document writes them, with their prefixes. The document is
written back with everything else as it was.

Source: semantics section 7.4 (XML).

This module imports `defusedxml`; so it is imported itself when it is first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from xml.dom.minidom import Document, Element, Text
from xml.parsers.expat import ExpatError

import defusedxml
import defusedxml.minidom

from pypact.generators.replacing import Make, Places
from pypact.model.paths import Star, Token
from pypact.rules.values import text_form

__all__ = ["changed_xml"]


def changed_xml(content: bytes, places: Places, make: Make) -> bytes:
    """Return an XML document with generated texts and attributes.

    Raises: ValueError, if the document is not valid XML, or has a document type.
    """
    try:
        document = defusedxml.minidom.parseString(
            content,  # type: ignore[arg-type]  # accepts bytes too
            forbid_dtd=True,
        )
    except (ExpatError, defusedxml.DefusedXmlException) as error:
        raise ValueError(f"cannot be read as XML: {error!r}") from None
    for path, generator in places:
        if path.tokens:
            *steps, last = path.tokens
            for element in _find_elements(_child_elements(document), tuple(steps)):
                _change_value(element, last, partial(make, generator))
    return _serialize(document, content)


def _find_elements(
    candidates: list[Element], steps: tuple[Token, ...]
) -> list[Element]:
    """Return the elements at a path; an index counts siblings of the name before it."""
    found = candidates
    parents: list[Element] | None = None
    for step in steps:
        if isinstance(step, int) or step is Star.INDEX:
            found = [
                e for e in found if step is Star.INDEX or _sibling_index(e) == step
            ]
            continue
        if parents is not None:
            found = [child for parent in found for child in _child_elements(parent)]
        parents = found
        found = [e for e in found if step is Star.ANY or e.tagName == step]
    return found if parents is not None else []


def _child_elements(element: Document | Element) -> list[Element]:
    return [child for child in element.childNodes if isinstance(child, Element)]


def _sibling_index(element: Element) -> int:
    """Return the index of the element, from 0, among the siblings of the same name."""
    position = 0
    sibling = element.previousSibling
    while sibling is not None:
        if isinstance(sibling, Element) and sibling.tagName == element.tagName:
            position += 1
        sibling = sibling.previousSibling
    return position


def _change_value(
    element: Element, last: Token, change: Callable[[str], object]
) -> None:
    if last == "#text":
        _change_text(element, change)
    elif isinstance(last, str) and last.startswith("@"):
        name = last[1:]
        if element.hasAttribute(name):
            element.setAttribute(name, text_form(change(element.getAttribute(name))))


def _change_text(element: Element, change: Callable[[str], object]) -> None:
    texts = [node for node in element.childNodes if isinstance(node, Text)]
    old = "".join(node.data.strip() for node in texts)
    new = text_form(change(old))
    if new == old:
        return
    for node in texts:
        element.removeChild(node)
    node = Text()
    node.data = new
    element.insertBefore(node, element.firstChild)


def _serialize(document: Document, content: bytes) -> bytes:
    if content.lstrip().startswith(b"<?xml"):
        return bytes(document.toxml("utf-8"))
    return "".join(node.toxml() for node in document.childNodes).encode()
