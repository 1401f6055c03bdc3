"""How does a user write a body that is not JSON, with matchers inside?

Each function gives `Contents`: the bytes, their content type, rules and generators.

    form({"name": match.like("Ada"), "tag": ["a", "b"]})
    xml(element("people", element("person", match.like("Ada"), id=match.integer(1))))
    multipart({"name": match.like("Ada"), "photo": file("a.png", PNG, "image/png")})
"""

from pypact.bodies.contents import Contents, binary, form, text
from pypact.bodies.multipart import Part, file, multipart
from pypact.bodies.xml import Element, element, xml

__all__ = [
    "Contents",
    "Element",
    "Part",
    "binary",
    "element",
    "file",
    "form",
    "multipart",
    "text",
    "xml",
]
