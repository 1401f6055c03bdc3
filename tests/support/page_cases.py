"""A contract with everything that a page shows, in hostile strings."""

import re

import html5lib

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u202e\x1b[31m"
SECRET = "s3cr3t-token-of-the-pages"


def in_json(value):
    return {"content": value, "contentType": "application/json"}


def rules(**categories):
    return {
        category: {key: {"matchers": found} for key, found in by_key.items()}
        for category, by_key in categories.items()
    }


FULL = {
    "type": "Synchronous/HTTP",
    "description": f"a user {HOSTILE}",
    "key": HOSTILE,
    "providerStates": [
        {"name": HOSTILE, "params": {HOSTILE: HOSTILE, "password": "x"}}
    ],
    "request": {
        "method": "POST",
        "path": "/users",
        "query": {"q": [HOSTILE], "token": [SECRET]},
        "headers": {"X-A": [HOSTILE[:40]], "Authorization": [f"Bearer {SECRET}"]},
        "body": in_json({HOSTILE: HOSTILE, "copy": SECRET}),
    },
    "response": {
        "status": 200,
        "headers": {"X-B": [HOSTILE[:40]]},
        "body": in_json({"id": 1, "name": HOSTILE}),
        "matchingRules": rules(
            body={
                "$.id": [{"match": "integer"}],
                "$.name": [{"match": "include", "value": HOSTILE}],
            },
            header={"X-B": [{"match": "regex", "regex": ".*"}, {"match": "type"}]},
        ),
        "generators": {"body": {"$.id": {"type": "RandomInt", "min": 1, "max": 9}}},
    },
    "comments": {
        "text": [HOSTILE, 1],
        "testname": HOSTILE,
        "references": {
            HOSTILE: {"link": "https://example.org/1", "odd": "javascript:alert(1)"},
            "plain": HOSTILE,
        },
    },
    "interactionMarkup": {"markup": HOSTILE, "markupType": "HTML"},
}
MESSAGES = [
    {
        "type": "Asynchronous/Messages",
        "description": "an event",
        "contents": in_json({"id": 1}),
        "metadata": {"topic": HOSTILE, "x-token": SECRET, "n": 1},
    },
    {
        "type": "Synchronous/Messages",
        "description": "a question",
        "pluginConfiguration": {HOSTILE: {"a": HOSTILE}},
        "request": {"contents": in_json("q"), "metadata": {}},
        "response": [{"contents": in_json("a")}, {"contents": in_json("b")}],
    },
]


def build_pact(*interactions, consumer="web", provider="users"):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


def parse_page(text):
    """Parse a page strictly; a parse error of HTML fails the test."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def headings_of(page):
    """Return the headings as (level, text)."""
    return [
        (int(one.tag[1]), text_of(one))
        for one in page.iter()
        if re.fullmatch("h[1-6]", str(one.tag))
    ]
