"""Compare XML bodies.

Both documents are converted to trees of elements with qualified names, so that
prefixes, comments and white space are not compared. Rule paths are weighed along the
names of the elements; an index in a path refers to the element before it.

Source: docs/internals/specification.md, "4.5 XML".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from xml.dom import minidom as dom
from xml.parsers.expat import ExpatError, ParserCreate

import defusedxml.minidom

from pypact.masking import HIDDEN, NameFilter
from pypact.matching.body import (
    body_mismatch,
    collect_mismatches,
    mark_incomplete,
    report_invalid,
    run_deep,
    try_parse,
)
from pypact.matching.quick_xml import MOST_ATTRIBUTES, MOST_LEVELS, QuickXml
from pypact.model.body import Changes, ContentType, ExpectedBody
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, escape_template
from pypact.model.rules import ROOT, PathToken, Rule, Wildcard, extend_path
from pypact.rules.compiled import CompiledRule, ElementPlace, compile_tree
from pypact.rules.scalars import to_string
from pypact.rules.table import CASCADING_WALKS, ElementCheck, find_kind


class Element:
    """An XML element.

    `texts` are its own text and CDATA nodes, stripped; blank ones are left out. Names
    are qualified: `uri:local`, or `local` without a namespace.
    """

    __slots__ = ("attributes", "children", "name", "texts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: Sequence[Element] = ()
        self.texts: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The text of the element itself, without that of its children."""
        return "".join(self.texts)

    @property
    def nodes(self) -> list[Element | str]:
        """The child elements and the texts."""
        return [*self.children, *self.texts]


def parse_xml(content: bytes) -> Element:
    """Parse XML without document type definitions, or raise ValueError."""
    try:
        return _ElementBuilder().parse(content)
    except (ExpatError, LookupError) as error:
        raise ValueError(str(error)) from None


class _ElementBuilder:
    """A parser of one document, with the limits of `SECURITY.md`."""

    def __init__(self) -> None:
        self._top = Element("", {})
        self._open = [self._top]
        self._count = 0
        self._text: list[str] = []
        self._names: dict[str, str] = {}
        parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        for name in ("Comment", "StartCdataSection", "EndCdataSection"):
            setattr(parser, f"{name}Handler", self._end_text)
        parser.ProcessingInstructionHandler = self._end_text
        # Entities, and all attacks with them, need a document type.
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser = parser

    def parse(self, content: bytes) -> Element:
        self._parser.Parse(content, True)
        return self._top.children[0]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._text:
            self._end_text()
        if len(self._open) > MOST_LEVELS:
            raise ValueError(f"it is nested deeper than {MOST_LEVELS:,} levels")
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            raise ValueError(f"it has more than {_MOST_ELEMENTS:,} elements")
        if attributes:
            if len(attributes) > MOST_ATTRIBUTES:
                raise ValueError(
                    f"an element has more than {MOST_ATTRIBUTES:,} attributes"
                )
            attributes = {_join_name(key): value for key, value in attributes.items()}
        # One string for all elements of a name.
        joined = self._names.get(name)
        if joined is None:
            if len(name) > _LONGEST_NAME:
                # A short prefix stands for a long namespace, and can be repeated.
                raise ValueError(
                    f"a name has more than {_LONGEST_NAME:,} characters, "
                    "with its namespace"
                )
            joined = self._names[name] = _join_name(name)
        element = Element(joined, attributes)
        parent = self._open[-1]
        if isinstance(parent.children, list):
            parent.children.append(element)
        else:
            parent.children = [element]
        self._open.append(element)

    def _end(self, _name: str) -> None:
        if self._text:
            self._end_text()
        del self._open[-1]

    def _end_text(self, *_: object) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        if text:
            element = self._open[-1]
            if isinstance(element.texts, list):
                element.texts.append(text)
            else:
                element.texts = [text]

    def _refuse_doctype(self, name: str, *_: object) -> None:
        raise ValueError(f"document type definitions are not allowed: {name}")


_LONGEST_NAME = 10_000
_MOST_ELEMENTS = 100_000


def _join_name(name: str) -> str:
    return name.replace(" ", ":", 1)


def parse_document(content: bytes) -> dom.Document:
    """Parse XML to a document that can be written again, or raise ValueError."""
    try:
        return defusedxml.minidom.parseString(content, forbid_dtd=True)  # type: ignore[arg-type]  # takes bytes as well
    except defusedxml.DefusedXmlException as error:
        problem = f"document type definitions are not allowed: {error}"
        raise ValueError(problem) from None
    except (ExpatError, ValueError, LookupError) as error:
        raise ValueError(str(error)) from None


class XmlPlan:
    """An expected XML document, compiled with its rules."""

    __slots__ = ("_content", "_document", "_quick", "_strict")

    def __init__(self, expected: ExpectedBody) -> None:
        self._strict = expected.strict
        self._content = expected.content
        self._document = compile_tree(expected.rules).document
        self._quick = QuickXml(expected.content, self._document, strict=self._strict)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual document."""
        if self._quick.matches(actual):
            return []
        expected, expected_error = try_parse(parse_xml, self._content)
        root, error = try_parse(parse_xml, actual)
        if expected_error is not None or error is not None:
            return report_invalid(expected_error, error)
        name = expected.name
        place = _XmlPlace(self._document).enter(name)
        comparison = _XmlComparison(strict=self._strict)
        return mark_incomplete(
            run_deep(lambda: comparison.compare(expected, root, place))
        )


class _XmlPlace:
    """A place in a document: its path, and the rules that apply to it."""

    __slots__ = ("name", "parent", "path", "rules")

    def __init__(
        self, rules: ElementPlace, parent: _XmlPlace | None = None, name: str = ""
    ) -> None:
        self.rules = rules
        self.parent = parent
        self.name = name
        self.path = "" if parent else str(ROOT)

    def enter(self, name: str, position: int = 0) -> _XmlPlace:
        return _XmlPlace(self.rules.enter(name, position), self, name)

    def __str__(self) -> str:
        # Each path is rendered once, as that of the parent of many places.
        place, steps = self, []
        while place.parent is not None and not place.path:
            steps.append(place)
            place = place.parent
        path = place.path
        for step in reversed(steps):
            path = step.path = extend_path(path, step.name)
        return path


class _XmlComparison:
    """The comparison of two documents, element by element."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def compare(
        self, expected: Element, actual: Element, place: _XmlPlace
    ) -> list[Mismatch]:
        if expected.name != actual.name:
            names = expected.name, actual.name
            return [body_mismatch(str(place), None, *names, _NOT_EQUAL)]
        rules, cascaded = place.rules.best, place.rules.cascaded
        if rules is not None:
            check = partial(
                _check_element_rule, expected=expected, actual=actual, cascaded=cascaded
            )
            failures = rules.find_failures(check)
            if failures:
                path, show = str(place), _display_values
                return [
                    body_mismatch(path, rule, *show(rule, expected, actual), problem)
                    for rule, problem in failures
                ]
        found: list[Mismatch] = []
        if expected.attributes or actual.attributes:
            found += self._compare_attributes(expected, actual, place)
        if expected.children or actual.children:
            found += self._compare_children(expected, actual, place)
        texts = expected.text, actual.text
        return found + self._compare_value(*texts, place.enter("#text"))

    def _compare_attributes(
        self, expected: Element, actual: Element, place: _XmlPlace
    ) -> Iterable[Mismatch]:
        expected_count, actual_count = len(expected.attributes), len(actual.attributes)
        is_different = expected_count != actual_count
        if (self._strict and is_different) or expected_count > actual_count:
            problem = (
                f"Expected {expected_count} attribute(s) "
                f"but received {actual_count} attribute(s)"
                if expected_count
                else "Did not expect any attributes but received {actual:list}"
            )
            names = list(expected.attributes), list(actual.attributes)
            yield body_mismatch(str(place), None, *names, problem)
        for name, value in expected.attributes.items():
            at = place.enter(f"@{name}")
            if name in actual.attributes:
                yield from self._compare_value(value, actual.attributes[name], at)
            else:
                shown = escape_template(name)
                problem = f"Expected attribute '{shown}'={{expected}} but was missing"
                yield body_mismatch(str(at), None, value, None, problem)

    def _compare_value(
        self, expected: str, actual: str, place: _XmlPlace
    ) -> list[Mismatch]:
        rules, cascaded = place.rules.best, place.rules.cascaded
        if rules is None:
            if expected == actual:
                return []
            return [body_mismatch(str(place), None, expected, actual, _NOT_EQUAL)]
        ignored = CASCADING_WALKS if cascaded else ()
        return [
            body_mismatch(str(place), rule, expected, actual, problem)
            for rule, problem in rules.find_failures(
                lambda rule: (
                    None if rule.kind.walk in ignored else rule.text(expected, actual)
                )
            )
        ]

    def _compare_children(
        self, expected: Element, actual: Element, place: _XmlPlace
    ) -> list[Mismatch]:
        if self._strict and not expected.children and actual.children:
            names = [child.name for child in actual.children]
            problem = "Expected no children but received [{actual:list}]"
            return [body_mismatch(str(place), None, [], names, problem)]
        expected_groups = _group_by_name(expected.children)
        actual_groups = _group_by_name(actual.children)
        unexpected = (
            [_report_unexpected_child(name, place)]
            for name, children in actual_groups.items()
            if name not in expected_groups
            and (self._strict or place.rules.enter(name).is_typed)
            for _ in children
        )
        groups = (
            self._compare_group(examples, actual_groups.get(name, []), place, name)
            for name, examples in expected_groups.items()
        )
        return collect_mismatches(chain(unexpected, groups))

    def _compare_group(
        self,
        expected: list[Element],
        actual: list[Element],
        parent: _XmlPlace,
        name: str,
    ) -> list[Mismatch]:
        """Compare the children of one name."""
        if not actual:
            return [_report_missing_child(name, parent)]
        has_type_rule = parent.rules.enter(name).is_typed

        def compare_children() -> Iterator[list[Mismatch]]:
            for index, child in enumerate(actual):
                if has_type_rule or index < len(expected):
                    example = expected[0 if has_type_rule else index]
                    yield self.compare(example, child, parent.enter(name, index))
                elif self._strict:
                    yield [_report_unexpected_child(name, parent)]
            for _ in () if has_type_rule else expected[len(actual) :]:
                yield [_report_missing_child(name, parent)]

        return collect_mismatches(compare_children())


def _check_element_rule(
    rule: CompiledRule, expected: Element, actual: Element, *, cascaded: bool
) -> str | None:
    """Apply a rule to an element whose name is as expected."""
    if not rule.is_known:
        return rule.text(expected.text, actual.text)
    if rule.kind.element is ElementCheck.NODES:
        problem = rule.check_value(expected.nodes, actual.nodes, cascaded=cascaded)
        return problem and problem.replace(":typed", "")  # elements have no JSON type
    if rule.kind.element is ElementCheck.PARTS:
        return None
    if rule.kind.element is ElementCheck.NOTHING:
        return f"Unable to match {{expected}} with {{actual}} using {rule.name}"
    if cascaded and actual.children and not actual.texts:
        return None
    return rule.text(expected.text, actual.text)


def _display_values(
    rule: Rule, expected: Element, actual: Element
) -> tuple[Json, Json]:
    kind = find_kind(rule.name)
    if kind.element is ElementCheck.TEXT:
        return expected.text, actual.text
    if kind.compares_types:
        return _display_nodes(expected), _display_nodes(actual)
    return f"<{expected.name}/>", f"<{actual.name}/>"


def _display_nodes(element: Element) -> list[str]:
    return [f"<{child.name}/>" for child in element.children] + [*element.texts]


def _group_by_name(children: Iterable[Element]) -> Mapping[str, list[Element]]:
    groups: dict[str, list[Element]] = {}
    for child in children:
        groups.setdefault(child.name, []).append(child)
    return groups


def _report_unexpected_child(name: str, place: _XmlPlace) -> Mismatch:
    problem = f"Unexpected child <{escape_template(name)}/>"
    return body_mismatch(str(place), None, None, f"<{name}/>", problem)


def _report_missing_child(name: str, place: _XmlPlace) -> Mismatch:
    problem = f"Expected child <{escape_template(name)}/> but was missing"
    return body_mismatch(str(place), None, f"<{name}/>", None, problem)


# -- replacing values ------------------------------------------------------------------


def replace_in_xml(content: bytes, changes: Changes) -> bytes:
    """Return an XML document with changed texts and attributes; the rest is kept.

    Names in the paths have the prefixes of the document, as in paths of generators.

    Raises: ValueError, if the document is not valid XML, or has a document type.
    """
    document = parse_document(content)
    finder = _ElementFinder(document)
    for path, change in changes:
        if path.tokens:
            *steps, last = path.tokens
            for element in finder.find(steps):
                _change_value(element, last, change)
    return _serialize(document, content)


class _ElementFinder:
    """Finds elements by path; their children are grouped by name once."""

    def __init__(self, document: dom.Document) -> None:
        self._document = document
        self._groups: dict[dom.Node, dict[str, list[dom.Node]]] = {}

    def find(self, steps: Iterable[PathToken]) -> list[dom.Element]:
        """Return the elements at a path; an index counts siblings of equal names."""
        groups: list[list[dom.Node]] = [[self._document]]
        for step in steps:
            if isinstance(step, int):
                groups = [group[step : step + 1] for group in groups]
            elif step is not Wildcard.INDEX:
                groups = [
                    group
                    for parent in chain.from_iterable(groups)
                    for group in self._select(parent, step)
                ]
        found = chain.from_iterable(groups)
        return [element for element in found if isinstance(element, dom.Element)]

    def _select(
        self, parent: dom.Node, step: str | Wildcard
    ) -> Iterable[list[dom.Node]]:
        groups = self._groups.get(parent)
        if groups is None:
            groups = self._groups[parent] = {}
            for child in parent.childNodes:
                if isinstance(child, dom.Element):
                    groups.setdefault(child.tagName, []).append(child)
        if step is Wildcard.ANY:
            return groups.values()
        return [groups[step]] if step in groups else []


def _change_value(
    element: dom.Element, last: PathToken, change: Callable[[str], object]
) -> None:
    if last == "#text":
        _change_text(element, change)
    elif isinstance(last, str) and last.startswith("@"):
        name = last[1:]
        if element.hasAttribute(name):
            element.setAttribute(name, to_string(change(element.getAttribute(name))))


def _change_text(element: dom.Element, change: Callable[[str], object]) -> None:
    texts = [node for node in element.childNodes if isinstance(node, dom.Text)]
    old = "".join(node.data.strip() for node in texts)
    new = to_string(change(old))
    if new == old:
        return
    node = dom.Text()
    node.data = new
    others = [each for each in element.childNodes if not isinstance(each, dom.Text)]
    # In one step: removing each of thousands of texts takes minutes.
    element.childNodes[:] = [node, *others]


def _serialize(document: dom.Document, content: bytes) -> bytes:
    if content.startswith(b"<?xml"):
        return bytes(document.toxml("utf-8"))
    return "".join(node.toxml() for node in document.childNodes).encode()


_NOT_EQUAL = "Expected {actual} to be equal to {expected}"


# -- hiding secrets --------------------------------------------------------------------


def hide_xml_secrets(content: bytes, find_secrets: NameFilter) -> bytes:
    """Return XML without the values of elements and attributes that carry secrets.

    The whole content of such an element is hidden, but not the other attributes of the
    element itself. The document need not be valid.
    """
    text = content.decode(errors="surrogateescape")
    names = (found["name"] for found in _PIECE.finditer(text))
    elements = find_secrets(name for name in names if name)
    attributes = find_secrets(found["name"] for found in _ATTRIBUTE.finditer(text))
    hider = _SecretHider(elements, attributes)
    hidden = _PIECE.sub(hider.hide, text)
    return hidden.encode(errors="surrogateescape")


class _SecretHider:
    """A hider of the secrets in the pieces of one document, taken in their order."""

    def __init__(self, elements: frozenset[str], attributes: frozenset[str]) -> None:
        self._elements = elements
        self._attributes = attributes
        # How many elements are open, from the outermost one that is secret.
        self._open = 0

    def hide(self, piece: re.Match[str]) -> str:
        """Return a piece, such as a tag or a text, without its secrets."""
        if piece["end"]:
            self._open -= self._open > 0
            return piece[0]
        is_inside = self._open > 0
        if piece["name"]:
            is_secret = is_inside or piece["name"] in self._elements
            self._open += is_secret and not piece[0].endswith("/>")
        elif is_inside and not piece["other"]:
            return piece[0] if piece[0].isspace() else HIDDEN
        return _ATTRIBUTE.sub(partial(self._hide_value, is_inside), piece[0])

    def _hide_value(self, is_inside: bool, found: re.Match[str]) -> str:  # noqa: FBT001 -- bound by `partial`
        is_secret = is_inside and not found["before"].lstrip().startswith("xmlns")
        if is_secret or found["name"] in self._attributes:
            return found["before"] + HIDDEN
        return found[0]


# A piece ends at the next `<` at the latest, so that a document is read in linear time.
_PIECE = re.compile(
    r"(?P<other><\?[^<]*?\?>)|<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|(?P<end></[^<>]*>)"
    r"|<(?:[\w.-]+:)?(?P<name>[\w.-]+)(?=[\s/>])"
    r"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*>"""
    r"|<?[^<]+",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""(?P<before>\s(?:[\w.-]+:)?(?P<name>[\w.-]+)\s*=\s*["'])"""
    r"""(?:(?<=")[^"]+|(?<=')[^']+)"""
)
