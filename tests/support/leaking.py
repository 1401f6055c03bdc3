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
    def asking(description, path, **more):
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
            asking("echoing", "/echo"),
            asking("crashing", "/crash"),
            asking("pending", "/echo", pending=True),
            asking("in a state that fails", "/", providerStates=[{"name": "failing"}]),
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
    """Answer with everything that came, log it, write it, or fail with it."""
    texts = {key: value for key, value in environ.items() if isinstance(value, str)}
    said = json.dumps(texts)
    logging.getLogger("users").warning("called with %s", said)
    print("called with", said)  # noqa: T201 -- what pytest captures
    environ["wsgi.errors"].write(said)
    if environ["PATH_INFO"] == "/crash":
        raise RuntimeError(said)
    cookie = f"sid={SECRETS['cookie of an answer']}; Path=/"
    headers = [("Content-Type", "application/json"), ("Set-Cookie", cookie)]
    start_response("500 Oops", headers)
    return [said.encode()]


def verifier(pacts, **options):
    """A verifier with all the ways to hand a secret to it."""
    made = pypact.Verifier(
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

    @made.state("a user with a token")
    def token():
        return {
            "token": pypact.secret(SECRETS["a value of a state"]),
            "pin": pypact.secret(SECRETS["a short value"]),
        }

    @made.state("failing")
    def failing():
        yield {"token": pypact.secret(SECRETS["a value of a state"])}
        raise ValueError(f"no user for {SECRETS['a value of a state']}")

    @made.message("a message")
    def message(token):
        return f"y {token}", {"session": SECRETS["metadata of a message"]}

    @made.request_filter
    def signed(request):
        request.set_header("X-Signature", SECRETS["a header of a filter"])
        marked = pypact.secret(SECRETS["a marked header of a filter"])
        request.set_header("Accept", marked)
        request.query = pypact.secret(SECRETS["a marked query of a filter"])
        # Not seen by the verifier but by its value.
        request.body = SECRETS["a header for the states"].encode()

    return made


def shown_in(output):
    """Name the secrets that `output` has."""
    return [name for name, value in SECRETS.items() if value in output]
