"""A provider that exposes its secrets wherever it can."""

import json
import logging

import pypact

SECRETS = {
    "token of the contract": "contract-bearer-token",
    "cookie of the contract": "contract-cookie-value",
    "cookie of an answer": "answer-cookie-value",
    "a header of a filter": "filter-header-value",
    "a marked header of a filter": "marked-filter-value",
    "a marked query of a filter": "marked-query-value",
    "a value of a state": "marked-state-value",
    "a short value": "pin7",
    "a variable of the environ": "marked-environ-value",
    "a header of the environ": "environ-bearer-token",
    "a header for the states": "state-url-bearer-token",
    "metadata of a message": "metadata-session-token",
}


def contract():
    def interaction(description, path, **more):
        return {
            "type": "Synchronous/HTTP",
            "description": description,
            "providerStates": [{"name": "a user with a token"}],
            "request": {
                "method": "GET",
                "path": path,
                "headers": {
                    "Authorization": [f"Bearer {SECRETS['token of the contract']}"],
                    "Cookie": [f"sid={SECRETS['cookie of the contract']}"],
                    "X-Of-State": ["?"],
                },
                "generators": {
                    "header": {
                        "X-Of-State": {
                            "type": "ProviderState",
                            "expression": "${token}/${pin}",
                        }
                    },
                },
            },
            "response": {"status": 200, "headers": {"X-Wanted": ["this"]}},
            **more,
        }

    return {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [
            interaction("echoing", "/echo"),
            interaction("crashing", "/crash"),
            interaction("pending", "/echo", pending=True),
            interaction(
                "in a state that fails", "/", providerStates=[{"name": "failing"}]
            ),
            {
                "type": "Asynchronous/Messages",
                "description": "a message",
                "providerStates": [{"name": "a user with a token"}],
                "metadata": {"session": SECRETS["metadata of a message"]},
                "contents": {"content": "x", "contentType": "text/plain"},
            },
        ],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


def app(environ, start_response):
    """Return, log, print and raise everything that the request contains."""
    strings = {key: value for key, value in environ.items() if isinstance(value, str)}
    dumped = json.dumps(strings)
    logging.getLogger("users").warning("called with %s", dumped)
    print("called with", dumped)  # noqa: T201 -- captured by pytest
    environ["wsgi.errors"].write(dumped)
    if environ["PATH_INFO"] == "/crash":
        raise RuntimeError(dumped)
    cookie = f"sid={SECRETS['cookie of an answer']}; Path=/"
    headers = [("Content-Type", "application/json"), ("Set-Cookie", cookie)]
    start_response("500 Oops", headers)
    return [dumped.encode()]


def verifier(pacts, **options):
    """Return a verifier that gets a secret in each of the possible ways."""
    result = pypact.Verifier(
        "Users",
        app=app,
        pacts=pacts,
        environ_extra={
            "test.key": pypact.secret(SECRETS["a variable of the environ"]),
            "HTTP_PROXY_AUTHORIZATION": f"Basic {SECRETS['a header of the environ']}",
        },
        state_headers={"X-Login": SECRETS["a header for the states"]},
        **options,
    )

    @result.state("a user with a token")
    def token():
        return {
            "token": pypact.secret(SECRETS["a value of a state"]),
            "pin": pypact.secret(SECRETS["a short value"]),
        }

    @result.state("failing")
    def failing():
        yield {"token": pypact.secret(SECRETS["a value of a state"])}
        raise ValueError(f"no user for {SECRETS['a value of a state']}")

    @result.message("a message")
    def message(token):
        return f"y {token}", {"session": SECRETS["metadata of a message"]}

    @result.request_filter
    def signed(request):
        request.set_header("X-Signature", SECRETS["a header of a filter"])
        marked = pypact.secret(SECRETS["a marked header of a filter"])
        request.set_header("Accept", marked)
        request.query = pypact.secret(SECRETS["a marked query of a filter"])
        # Not marked as a secret here: the verifier recognises its value.
        request.body = SECRETS["a header for the states"].encode()

    return result


def shown_in(output):
    """Return the names of the secrets that `output` contains."""
    return [name for name, value in SECRETS.items() if value in output]
