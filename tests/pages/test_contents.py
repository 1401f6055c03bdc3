"""What pages show of an interaction, as data."""

import pytest
from page_cases import FULL, HOSTILE, MESSAGES, SECRET, build_pact, in_json

import pypact
from pypact.errors import ToleranceWarning
from pypact.pages.contents import describe_interaction


def describe(one):
    return describe_interaction(pypact.read_pact(build_pact(one)).interactions[0])


def http(body=None, **request):
    response = {"status": 200, **({"body": body} if body is not None else {})}
    return {
        "type": "Synchronous/HTTP",
        "description": "x",
        "request": {"method": "GET", "path": "/x", **request},
        "response": response,
    }


def test_an_http_interaction_has_request_and_response():
    shown = describe(FULL)
    request, response = shown["parts"]

    assert ("HTTP", "Request", "Response", "Status 200") == (
        shown["kind"],
        request["title"],
        response["title"],
        response["first"],
    )
    assert shown["summary"] == request["first"]
    assert [
        {"place": "$.id", "words": "integer"},
        {"place": "header X-B", "words": "regex .* and same type"},
    ] == [response["rules"][0], response["rules"][-1]]
    assert [{"place": "$.id", "words": "RandomInt min=1 max=9"}] == (
        response["generators"]
    )


def test_messages_have_contents_and_metadata():
    event, question = map(describe, MESSAGES)

    assert ["Message"] == [part["title"] for part in event["parts"]]
    assert ["n", "1"] in event["parts"][0]["fields"]
    assert ["Request message", "Response message 1", "Response message 2"] == [
        part["title"] for part in question["parts"]
    ]


def test_secrets_are_masked_wherever_they_appear():
    text = str([describe(FULL), describe(MESSAGES[0])])

    assert SECRET not in text
    assert "token=[hidden]" in text
    assert "['Authorization', 'Bearer [hidden]']" in text
    assert "['x-token', '[hidden]']" in text
    assert "['password', '\"[hidden]\"']" in text


def test_characters_that_cannot_be_seen_are_escaped():
    text = describe(FULL)["description"]

    assert "\\u202e\\x1b[31m" in text
    assert text.isprintable()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, None),
        (in_json({"a": 1.50}), {"text": '{\n  "a": 1.5\n}'}),
        ({"content": "<a/>", "contentType": "text/xml"}, {"text": "<a/>"}),
        ({"content": "{", "contentType": "application/json", "encoded": False}, {}),
        (
            {"content": "/w==", "contentType": "image/png", "encoded": "base64"},
            {"note": "1 bytes that are not text"},
        ),
        (in_json("x" * 70_000), {"note": "70002 bytes, too long to be shown"}),
        ({"content": ""}, {"note": "empty"}),
        ({"content": None}, {"note": "null"}),
    ],
)
def test_a_body_is_text_or_a_note(body, expected):
    shown = describe(http(body))["parts"][1]["body"]

    if expected is None:
        assert shown is None
    else:
        assert expected == {name: shown[name] for name in expected}


def test_only_http_urls_among_the_references_are_links():
    links = {one["text"]: one["link"] for one in describe(FULL)["references"]}

    assert ["https://example.org/1"] == [one for one in links.values() if one]
    assert "" == links["javascript:alert(1)"]


def test_markup_is_text():
    assert "<script>" in describe(FULL)["markup"]
    odd = {**http(), "interactionMarkup": {"other": 1}}
    assert '"other": 1' in describe(odd)["markup"]


def test_an_interaction_that_cannot_be_read_shows_its_problem():
    with pytest.warns(ToleranceWarning):
        shown = describe({"type": HOSTILE, "description": "odd"})

    assert ("Not supported", []) == (shown["kind"], shown["parts"])
    assert "is not supported" in shown["problem"]


def test_comments_that_are_not_as_specified_are_shown_all_the_same():
    odd = {**http(), "comments": {"text": "one", "references": ["x"], "testname": 1}}
    shown = describe(odd)

    assert (["one"], [], "1") == (shown["comments"], shown["references"], shown["test"])
