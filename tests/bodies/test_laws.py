"""An example of each kind of body matches its own rules, on both sides."""

import pytest

from pypact import match
from pypact.bodies import binary, element, file, form, multipart, text, xml
from pypact.matching import match_request, match_response
from pypact.model.http import Headers, Request, Response
from pypact.model.interactions import HttpInteraction

BODIES = {
    "text": text(match.regex(r"\w+ \d+")),
    "binary": binary(match.content_type("application/pdf", b"%PDF-1.7"), "a/b"),
    "form": form(
        {
            "name": match.like("Ä b"),
            "tag": ["a", match.integer(2)],
            "x": match.each_like("1", 2),
        }
    ),
    "multipart": multipart(
        {
            "name": match.regex(r"\w+", "Ada"),
            "note": "a\r\nb",
            "photo": file(
                "a.pdf",
                match.content_type("application/pdf", b"%PDF-1.7"),
                "application/pdf",
            ),
            "data": file(
                "d.json", match.each_like({"a": match.integer(1)}), "application/json"
            ),
        }
    ),
    "xml": xml(
        element(
            "n:people",
            match.each_like(
                element("person", match.like("Ada"), id=match.integer(1)), examples=2
            ),
            element("note", "x & <y>", k='"'),
            namespaces={"n": "urn:n", "": "urn:d"},
        )
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_an_example_matches_its_own_rules(name):
    contents = BODIES[name]
    lines = [("Content-Type", contents.content_type)]
    rules = {"body": contents.rules}
    if contents.content_type_rules is not None:
        rules["header"] = {"Content-Type": contents.content_type_rules}
    interaction = HttpInteraction(
        description="x",
        request=Request(
            "POST", headers=Headers.from_lines(lines), body=contents.body, rules=rules
        ),
        response=Response(
            headers=Headers.from_lines(lines), body=contents.body, rules=rules
        ),
    )
    request = Request.from_http("POST", "/", lines, contents.content)
    response = Response.from_http(200, lines, contents.content)

    assert [] == [str(found) for found in match_request(interaction, request)]
    assert [] == [str(found) for found in match_response(interaction, response)]


def test_another_boundary_is_accepted():
    expected, actual = multipart({"a": "b"}), multipart({"a": "b"}, boundary="other")
    lines = [("Content-Type", expected.content_type)]
    interaction = HttpInteraction(
        description="x",
        request=Request(
            "POST",
            headers=Headers.from_lines(lines),
            body=expected.body,
            rules={"header": {"Content-Type": expected.content_type_rules}},
        ),
        response=Response(),
    )
    request = Request.from_http(
        "POST", "/", [("Content-Type", actual.content_type)], actual.content
    )

    assert [] == match_request(interaction, request)
