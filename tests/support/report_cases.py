"""Interactions for the tests of reports: one per outcome."""

SECRET = "s3cr3t-token-of-nobody"


def interaction(description, path, status=200, **more):
    states = [{"name": name} for name in more.pop("states", ())]
    return {
        "description": description,
        "providerStates": states,
        "request": {"method": "GET", "path": path, **more.pop("request", {})},
        "response": {"status": status, **more.pop("response", {})},
        **more,
    }


def in_json(value):
    return {"content": value, "contentType": "application/json"}


ANN = {"id": "42", "email": "a@x.org", "address": {"city": "Ulm", "zip": 89073}}
RULES = {
    "body": {
        "$.email": {"matchers": [{"match": "regex", "regex": ".+@.+"}]},
        "$.address": {"matchers": [{"match": "type"}]},
        "$.address.zip": {"matchers": [{"match": "integer"}]},
    }
}
INTERACTIONS = [
    interaction("all well", "/fine"),
    interaction(
        "a request for a user",
        "/users/42?fields=a,b",
        states=["user 42 exists"],
        request={
            "path": "/users/42",
            "query": {"fields": ["a,b"]},
            "headers": {
                "Accept": ["application/json"],
                "Authorization": [f"Bearer {SECRET}"],
            },
        },
        response={"body": in_json(ANN), "matchingRules": RULES},
    ),
    interaction("something that crashes", "/crash"),
    interaction("a pending request", "/nowhere", pending=True),
]
