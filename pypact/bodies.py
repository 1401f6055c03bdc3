"""Build bodies that are not JSON from values and matchers.

Each function returns `Contents`: the bytes, their content type, rules and generators.

    form({"name": match.like("Ada"), "tag": ["a", "b"]})
    graphql("{ user(id: $id) { name } }", {"id": match.integer(1)})
    xml(element("people", element("person", match.like("Ada"), id=match.integer(1))))
    multipart({"name": match.like("Ada"), "photo": file("a.png", PNG, "image/png")})

Source: docs/internals/specification.md, "4.5 XML", "4.6 Form-urlencoded", "4.7
Multipart", "4.8 Binary", "4.9 Text", "7.4 Where" (paths of generators).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ParamSpec

from pypact import match
from pypact._dataclasses import dataclass, field, replace
from pypact._lazy import compile_later, import_later
from pypact.errors import InvalidExpectation
from pypact.match import nodes
from pypact.match.integration import read_node
from pypact.match.nodes import MATCHER_TYPE, ChoiceFoundError, absent
from pypact.match.split import join_rules, split, split_text
from pypact.match.variants import Compound, has_choices, label_example
from pypact.model.body import Body, ContentType
from pypact.model.contents import Contents
from pypact.model.http import encode_pairs
from pypact.model.json import Json, dump_json
from pypact.model.rules import ROOT, Generator, Rule, RuleList, RulePath, parse_path
from pypact.rules.scalars import to_string

if TYPE_CHECKING:
    import hashlib
    import inspect
    from xml.sax import saxutils

    from pypact.rules import portable_regex
else:
    portable_regex = import_later("pypact.rules.portable_regex")
    hashlib = import_later("hashlib")
    inspect = import_later("inspect")
    saxutils = import_later("xml.sax.saxutils")

__all__ = [
    "Contents",
    "Element",
    "Part",
    "binary",
    "element",
    "file",
    "form",
    "graphql",
    "multipart",
    "text",
    "xml",
]


_Arguments = ParamSpec("_Arguments")


@dataclass(frozen=True, slots=True)
class VariedContents(Contents, Compound):
    """Contents with `match.one_of`; those of one variant are built by `build`."""

    build: Callable[..., Contents] = field(kw_only=True)
    arguments: Mapping[str, Json] = field(kw_only=True)

    @property
    def body(self) -> Body:
        """Raise ChoiceFoundError, because each variant has a body of its own."""
        raise ChoiceFoundError(
            f"match.one_of() cannot be used in this {self.build.__name__}(): it "
            "belongs in a request, a response or a message of a pact"
        )

    @property
    def label(self) -> str:
        return self.build.__name__

    def list_parts(self) -> list[tuple[str, Json]]:
        return [("", value) for value in self.arguments.values()]

    def with_parts(self, parts: Sequence[Json]) -> Json:
        if absent in parts:
            return absent
        build = inspect.signature(self.build)
        bound = build.bind_partial()
        bound.arguments.update(zip(self.arguments, parts, strict=True))
        return self.build(*bound.args, **bound.kwargs)


def _defer_choices(
    build: Callable[_Arguments, Contents],
) -> Callable[_Arguments, Contents]:
    """Decorate a function: it returns VariedContents for values with choices."""

    @functools.wraps(build)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Contents:
        try:
            return build(*args, **kwargs)
        except ChoiceFoundError:
            given = inspect.signature(build).bind(*args, **kwargs).arguments
            return VariedContents(b"", "", build=build, arguments=given)

    return run


@_defer_choices
def text(value: Json, content_type: str = "text/plain") -> Contents:
    """Build a text body from a string or a matcher of a string (`match.regex(…)`)."""
    example, rules, generators = split(value)
    if not isinstance(example, str):
        raise InvalidExpectation(f"text() takes a string, got {example!r}")
    if generators:
        raise InvalidExpectation("text(): generators are not supported in text bodies")
    return Contents(example.encode(), content_type, rules)


@_defer_choices
def binary(
    content: bytes | match.Matcher, content_type: str = "application/octet-stream"
) -> Contents:
    """Build a binary body from bytes or `match.content_type(…)`."""
    example, rules, _ = split(content)
    if not isinstance(example, bytes):
        raise InvalidExpectation(f"binary() takes bytes, got {example!r}")
    return Contents(example, content_type, rules, is_text=False)


@_defer_choices
def form(fields: Mapping[str, Json]) -> Contents:
    """Build a URL-encoded form; each field has one value or a list of values.

    For example:

        >>> bodies.form({"name": match.string("Ann"), "tag": ["a", "b"]}).content
        b'name=Ann&tag=a&tag=b'
    """
    example, rules, generators = split(dict(fields))
    content = encode_pairs(
        (name, _write_form_value(name, value))
        for name, values in example.items()
        for value in (values if isinstance(values, list) else [values])
    )
    content_type = "application/x-www-form-urlencoded"
    return Contents(content.encode(), content_type, rules, generators)


def build_form(data: Mapping[str, Json], _: ContentType) -> Json:
    """Return the form for a mapping of fields; other data are returned unchanged."""
    return data if MATCHER_TYPE in data else form(data)


def _write_form_value(name: str, value: Json) -> str:
    if value is None or isinstance(value, (dict, list)):
        raise InvalidExpectation(
            f"form(): expected a string for the field {name!r}, got {value!r}"
        )
    return to_string(value)


@dataclass(frozen=True, slots=True)
class Part(Compound):
    """A part of a multipart body; a part with a `filename` is a file."""

    value: Json
    content_type: str | None = None
    filename: str | None = None

    @property
    def label(self) -> str:
        return self.filename or "part"

    def list_parts(self) -> list[tuple[str, Json]]:
        return [("", self.value)]

    def with_parts(self, parts: Sequence[Json]) -> Json:
        (value,) = parts
        return absent if value is absent else replace(self, value=value)


def file(filename: str, content: Json, content_type: str) -> Part:
    """Return a file part; `content` is bytes, a string, JSON, or a matcher of these."""
    return Part(content, content_type, filename)


@_defer_choices
def multipart(parts: Mapping[str, Json], *, boundary: str | None = None) -> Contents:
    """Build a multipart/form-data body of fields (strings or matchers) and files.

    The actual message may use any boundary. The default boundary of the example is
    derived from the parts, so that the contract does not change between runs.

        >>> picture = bodies.file("a.txt", b"text", "text/plain")
        >>> body = bodies.multipart({"title": "A file", "file": picture})
    """
    rules: dict[str, RuleList] = {}
    encoded = []
    for name, value in parts.items():
        part = value if isinstance(value, Part) else Part(value)
        example, found, generators = split(part.value)
        if generators:
            raise InvalidExpectation(
                f"multipart(): generators are not supported, found one in {name!r}"
            )
        if part.filename is None and isinstance(example, (dict, list)):
            # 4.7: fields are compared as strings; only files are compared by content.
            raise InvalidExpectation(
                f"multipart(): the field {name!r} must be a string; "
                f"for JSON use file('{name}.json', …, 'application/json')"
            )
        for path, rule_list in found.items():
            rules[str(RulePath((name, *parse_path(path).tokens)))] = rule_list
        encoded.append(_write_part(name, part, _encode_example(example)))
    boundary = boundary or hashlib.sha256(b"".join(encoded)).hexdigest()[:32]
    line = f"--{boundary}".encode()
    content = b"".join(line + b"\r\n" + part + b"\r\n" for part in encoded)
    content_type = f"multipart/form-data; boundary={boundary}"
    return Contents(content + line + b"--\r\n", content_type, rules, {}, _ANY_BOUNDARY)


def _write_part(name: str, part: Part, content: bytes) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_escape_name(name)}"'
    if part.filename is not None:
        disposition += f'; filename="{_escape_name(part.filename)}"'
    lines = [disposition]
    if part.content_type is not None:
        lines.append(f"Content-Type: {part.content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def _escape_name(name: str) -> str:
    # Browsers escape names in this way. Source: HTML, "Multipart form data".
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _encode_example(example: Json) -> bytes:
    if isinstance(example, bytes):
        return example
    write = dump_json if isinstance(example, (dict, list)) else to_string
    return write(example).encode()


_MULTIPART_TYPE = r"multipart/form-data;(\s*charset=[^;]*;)?\s*boundary=.*"
_ANY_BOUNDARY = RuleList((Rule("regex", {"regex": _MULTIPART_TYPE}),))


@dataclass(frozen=True, slots=True)
class Element(Compound):
    """An XML element; its children are elements, strings, and matchers of either."""

    name: str
    children: tuple[Json, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The text of the element; "empty" without children, else "element"."""
        if not self.children:
            return "empty"
        text = nodes.unwrap_example(self.children[0])
        is_text = len(self.children) == 1 and isinstance(text, (str, int))
        return label_example(text) if is_text else "element"

    def list_parts(self) -> list[tuple[str, Json]]:
        children = [(_name_choice(child), child) for child in self.children]
        named = [(name or self.name, child) for name, child in children]
        return [*self.attributes.items(), *named]

    def with_parts(self, parts: Sequence[Json]) -> Json:
        count = len(self.attributes)
        attributes = zip(self.attributes, parts[:count], strict=True)
        return replace(
            self,
            attributes={name: v for name, v in attributes if v is not absent},
            children=tuple(child for child in parts[count:] if child is not absent),
        )


def _name_choice(child: Json) -> str:
    """Return the name of the elements among which a child is a choice, else ""."""
    child = nodes.unwrap_example(child)
    options = child.options if isinstance(child, nodes.OneOf) else ()
    elements = (nodes.unwrap_example(option) for option in options)
    return next((one.name for one in elements if isinstance(one, Element)), "")


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


@_defer_choices
def xml(
    root: Element | Mapping[str, Json], content_type: str = "application/xml"
) -> Contents:
    """Build an XML body from an element, or from integration JSON with a `root`.

    For example:

        >>> order = bodies.element("order", bodies.element("item", "tea"), id="1")
        >>> bodies.xml(order).content.decode()
        '<?xml version="1.0" encoding="UTF-8"?><order id="1"><item>tea</item></order>'
    """
    if has_choices(root):
        raise ChoiceFoundError("an XML body of one variant is needed")
    if isinstance(root, Mapping):
        root = _read_element(root.get("root", root))
    writer = _XmlWriter()
    written = writer.write_element(root, _XmlPlace())
    content = f'<?xml version="1.0" encoding="UTF-8"?>{written}'.encode()
    return Contents(content, content_type, writer.rules, writer.generators)


def build_xml(data: Mapping[str, Json], content_type: ContentType) -> Json:
    """Return the XML for integration JSON; other data are returned unchanged."""
    return xml(data, str(content_type)) if "root" in data else data


@dataclass(frozen=True, slots=True)
class _XmlPlace:
    """A place as a rule path, with URIs, and a generator path, with prefixes."""

    resolved: RulePath = ROOT
    written: RulePath = ROOT
    namespaces: Mapping[str, str] = field(default_factory=dict)

    def locate_element(self, node: Element) -> _XmlPlace:
        inside = {**self.namespaces, **node.namespaces}
        name = _resolve_name(node.name, inside, inside.get(""))
        return _XmlPlace(self.resolved / name, self.written / node.name, inside)

    def locate_attribute(self, name: str) -> _XmlPlace:
        known = _resolve_name(name, self.namespaces, None)
        return _XmlPlace(self.resolved / f"@{known}", self.written / f"@{name}")


class _XmlWriter:
    """A writer of elements, which collects their rules and generators."""

    def __init__(self) -> None:
        self.rules: dict[str, RuleList] = {}
        self.generators: dict[str, Generator] = {}

    def write_element(
        self, node: Element, outer: _XmlPlace, rules: RuleList | None = None
    ) -> str:
        place = outer.locate_element(node)
        self._collect(place, rules, None)
        start = [node.name]
        for prefix, uri in node.namespaces.items():
            name = f"xmlns:{prefix}" if prefix else "xmlns"
            start.append(f"{name}={saxutils.quoteattr(uri)}")
        for name, value in node.attributes.items():
            text = self._write_text(value, place.locate_attribute(name))
            start.append(f"{name}={saxutils.quoteattr(text)}")
        inside = "".join(self._write_child(child, place) for child in node.children)
        end = f">{inside}</{node.name}>" if inside else "/>"
        return f"<{' '.join(start)}{end}"

    def _write_child(self, child: Json, place: _XmlPlace) -> str:
        if isinstance(child, Element):
            return self.write_element(child, place)
        if isinstance(child, match.Matcher) and (nodes := _read_elements(child.value)):
            rules = RuleList(tuple(_drop_length(rule) for rule in child.rules))
            return "".join(self.write_element(node, place, rules) for node in nodes)
        inside = _XmlPlace(place.resolved / "#text", place.written / "#text")
        return saxutils.escape(self._write_text(child, inside))

    def _write_text(self, value: Json, place: _XmlPlace) -> str:
        texts, rules, generator = split_text(value)
        if len(texts) != 1:
            problem = f"{place.written}: expected one string, got {texts}"
            raise InvalidExpectation(problem)
        self._collect(place, rules, generator)
        return texts[0]

    def _collect(
        self, place: _XmlPlace, rules: RuleList | None, generator: Generator | None
    ) -> None:
        key = str(place.resolved)
        if rules is not None:
            self.rules[key] = join_rules(self.rules.get(key), rules, key)
        if generator is not None:
            self.generators[str(place.written)] = generator


# Integration JSON: docs/internals/specification.md, "10. Integration JSON".


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


def _read_elements(value: Json) -> list[Element]:
    items = value if isinstance(value, list) else [value]
    return items if all(isinstance(item, Element) for item in items) else []


def _drop_length(rule: Rule) -> Rule:
    # In XML a length limits the children of the element itself (4.5). No rule limits
    # the number of elements with one name; there is always at least one.
    if rule.attributes.get("min", 1) != 1 or "max" in rule.attributes:
        raise InvalidExpectation(
            "xml(): the number of elements cannot be matched; leave out min and max"
        )
    kept = {name: v for name, v in rule.attributes.items() if name != "min"}
    return Rule(rule.name, kept)


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


@_defer_choices
def graphql(
    query: str,
    variables: Mapping[str, Json] | None = None,
    *,
    operation_name: str | None = None,
) -> Contents:
    """Build the JSON body of a GraphQL request; `variables` may contain matchers.

    White space, commas and the text of comments in the query are not compared, except
    inside of its strings; comments may be left out.

    Source: GraphQL specification, "Ignored Tokens".
    """
    body: dict[str, Json] = {"query": match.regex(_match_tokens(query), query)}
    if operation_name is not None:
        body["operationName"] = operation_name
    if variables is not None:
        body["variables"] = dict(variables)
    example, rules, generators = split(body)
    content = dump_json(example).encode()
    return Contents(content, "application/json", rules, generators)


def _match_tokens(query: str) -> str:
    """Return a pattern for the tokens of a GraphQL document, however separated."""
    parts: list[str] = []
    before, comments = "", ""
    for token in _GRAPHQL.findall(query):
        if token.startswith("#"):
            comments += _COMMENT
            continue
        are_words = _is_word(before[-1:]) and _is_word(token[0])
        parts += [
            r"[\s,]+" if are_words else r"[\s,]*",
            comments,
            portable_regex.escape_portably(token),
        ]
        before, comments = token, ""
    if not parts:
        raise InvalidExpectation("graphql() needs a query, got an empty document")
    return "".join([*parts, r"[\s,]*", comments])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


_GRAPHQL = compile_later(
    r'"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*|\.\.\.'
    r"|[_A-Za-z0-9.+-]+|[^\s,]"
)
_COMMENT = r"(?:#[^\n\r]*)?[\s,]*"
