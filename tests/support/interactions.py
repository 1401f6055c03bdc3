"""Interactions for tests, written in the form of a pact file."""

import pypact

NAMES = {"consumer": {"name": "c"}, "provider": {"name": "p"}}
JSON = "application/json"


def http(request=None, response=None, *, version="4.0"):
    """Return an HTTP interaction, read from a contract with only this one."""
    interaction = {
        "type": "Synchronous/HTTP",
        "description": "an interaction",
        "request": {"method": "GET", "path": "/", **(request or {})},
        "response": {"status": 200, **(response or {})},
    }
    return _only({"interactions": [interaction]}, version)


def message(contents=None, *, rules=None, metadata=None):
    """Return an asynchronous message, read from a contract with only this one."""
    interaction = {
        "type": "Asynchronous/Messages",
        "description": "a message",
        "metadata": metadata or {},
        "matchingRules": rules or {},
    }
    if contents is not None:
        interaction["contents"] = contents
    return _only({"interactions": [interaction]}, "4.0")


def build_pact(version, *, request=None, response=None):
    """Return the JSON of a contract with one HTTP interaction, "Web" with "Users"."""
    interaction = {
        "description": "d",
        "request": {"method": "GET", "path": "/", **(request or {})},
        "response": {"status": 200, **(response or {})},
    }
    if version == "4.0":
        interaction |= {"type": "Synchronous/HTTP", "pending": False}
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [interaction],
        "metadata": {"pactSpecification": {"version": version}},
    }


def matchers(*rules, combine="AND"):
    """Return a rule list."""
    return {"combine": combine, "matchers": list(rules)}


def body_problems(content_type, expected, actual, rules, *, strict=False):
    """Compare two bodies, given as strings; return [(path, message)] of the mismatches.

    `rules` maps paths to a single matcher or a rule list.
    """
    side = {
        "headers": {"Content-Type": [content_type]},
        "body": {
            "content": expected,
            "contentType": content_type,
            "encoded": "json" if "json" in content_type else False,
        },
        "matchingRules": {
            "body": {
                path: rule if "matchers" in rule else matchers(rule)
                for path, rule in rules.items()
            }
        },
    }
    content = actual if isinstance(actual, bytes) else actual.encode()
    headers = [("Content-Type", content_type)]
    if strict:
        found = pypact.match_request(
            http(request=side),
            pypact.Request.from_http("GET", "/", headers, content),
        )
    else:
        found = pypact.match_response(
            http(response=side), pypact.Response.from_http(200, headers, content)
        )
    return [(one.path, one.message) for one in found]


def _only(members, version):
    contract = pypact.read_pact(
        {**NAMES, **members, "metadata": {"pactSpecification": {"version": version}}}
    )
    (interaction,) = contract.interactions
    return interaction
