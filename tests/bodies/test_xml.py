"""XML bodies with matchers inside.

Source: docs/internals/specification.md, "4.5 XML".
"""

import pytest

from pypact import generate, match
from pypact.bodies import Contents, element, xml
from pypact.errors import InvalidExpectation
from pypact.model.rules import Generator, Rule, RuleList

TYPE = RuleList((Rule("type"),))
INTEGER = RuleList((Rule("integer"),))
START = '<?xml version="1.0" encoding="UTF-8"?>'


def written(contents):
    return contents.content.decode().removeprefix(START)


def test_elements_have_attributes_texts_and_children():
    contents = xml(
        element("a", element("b", "x & <y>"), element("c"), k='"q"', name=5), "text/xml"
    )

    assert '<a k=\'"q"\' name="5"><b>x &amp; &lt;y&gt;</b><c/></a>' == written(contents)
    assert ("text/xml", {}, {}) == (
        contents.content_type,
        contents.rules,
        contents.generators,
    )


def test_rules_apply_to_texts_attributes_and_elements():
    contents = xml(
        element(
            "people",
            match.each_like(
                element("person", match.like("Ada"), id=match.integer(1)), examples=2
            ),
            match.like(element("z")),
        )
    )

    assert (
        '<people><person id="1">Ada</person><person id="1">Ada</person><z/></people>'
        == written(contents)
    )
    assert {
        "$.people.person": TYPE,
        "$.people.person['@id']": INTEGER,
        "$.people.person['#text']": TYPE,
        "$.people.z": TYPE,
    } == contents.rules


def test_rules_use_namespaces_and_generators_use_prefixes():
    contents = xml(
        element(
            "n:a",
            element("b", generate.random_int(3)),
            attributes={"n:k": match.integer(1), "xml:lang": match.like("en")},
            namespaces={"n": "urn:n", "": "urn:d"},
            plain=match.integer(2),
        )
    )

    assert (
        '<n:a xmlns:n="urn:n" xmlns="urn:d" n:k="1" xml:lang="en" plain="2">'
        "<b>3</b></n:a>" == written(contents)
    )
    assert {
        "$['urn:n:a']['@urn:n:k']": INTEGER,
        "$['urn:n:a']['@http://www.w3.org/XML/1998/namespace:lang']": TYPE,
        "$['urn:n:a']['@plain']": INTEGER,
        "$['urn:n:a']['urn:d:b']['#text']": INTEGER,
    } == contents.rules
    assert {
        "$['n:a'].b['#text']": Generator("RandomInt", {"min": 3, "max": 10})
    } == contents.generators


def test_integration_json_is_read():
    typed = {"pact:matcher:type": "type"}
    document = {
        "version": "1.0",
        "charset": "UTF-8",
        "root": {
            "name": "n:a",
            "namespaces": {"n": "urn:n"},
            "attributes": {"id": {**typed, "value": "7"}, "k": "v"},
            "children": [
                {"content": "x", "matcher": typed},
                {"name": "b", "children": [{"content": "y"}, {"content": None}]},
                {**typed, "value": {"name": "c", "attributes": {}}, "examples": 2},
            ],
        },
    }
    contents = xml(document)

    assert '<n:a xmlns:n="urn:n" id="7" k="v">x<b>y</b><c/><c/></n:a>' == written(
        contents
    )
    assert {
        "$['urn:n:a']['@id']": TYPE,
        "$['urn:n:a']['#text']": TYPE,
        "$['urn:n:a'].c": TYPE,
    } == contents.rules


@pytest.mark.parametrize("document", [{}, {"root": 5}, {"root": {"name": 5}}])
def test_integration_json_without_an_element_is_refused(document):
    with pytest.raises(InvalidExpectation, match="is not an element"):
        xml(document)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: element("n:a"), "the prefix of 'n:a' has no namespace"),
        (
            lambda: element("a", match.each_like(element("b"), min=2)),
            "the number of elements cannot be matched",
        ),
        (
            lambda: element("a", match.each_like(element("b"), max=2)),
            "the number of elements cannot be matched",
        ),
        (lambda: element("a", ["x", "y"]), r"\$\.a\['#text'\]: expected one string"),
        (lambda: element("a", {"b": 1}), "expected a string or a number"),
        (
            lambda: element(
                "a", match.any_of(match.like("x"), match.null()), match.like("y")
            ),
            "cannot be combined with other rules",
        ),
    ],
)
def test_unsupported_values_are_refused(make, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        xml(make())


def test_the_same_document_twice_is_equal():
    def document():
        return xml(element("a", match.regex("[a-z]{9}")))

    assert document() == document()
    assert isinstance(document(), Contents)
