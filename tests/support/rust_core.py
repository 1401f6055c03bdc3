"""Compare cases with the official Rust core: cases on stdin, verdicts on stdout.

Both are JSON. The script is run by a Python with pact-python 4 and does not import
pypact. A case of a message consists of two v3 messages. A case of a request consists of
an expected request, with which a mock server of the core is configured, and an actual
one, which is sent to that server.
"""

import http.client
import json
import sys

from pact_ffi.ffi import ffi, lib

V3, V4 = 4, 5
REQUEST = 0


def main():
    cases = json.load(sys.stdin)
    lib.pactffi_init(b"PACT_LOG_LEVEL_UNSET")
    verdicts = [None] * len(cases)
    requests = []
    for index, case in enumerate(cases):
        if case["kind"] == "message":
            verdicts[index] = match_messages(case["expected"], case["actual"])
        else:
            requests.append((index, case))
    for start in range(0, len(requests), 40):
        for index, verdict in match_requests(requests[start : start + 40]):
            verdicts[index] = verdict
    json.dump(verdicts, sys.stdout)


def match_messages(expected, actual):
    """Return the core's mismatches of two messages, or why it failed."""
    messages = read_message(expected), read_message(actual)
    if ffi.NULL in messages:
        return "the core cannot read a message"
    found = lib.pactffi_match_message(*messages)
    if found == ffi.NULL:
        return "the core cannot compare the messages"
    mismatches = []
    iterator = lib.pactffi_mismatches_get_iter(found)
    while (one := lib.pactffi_mismatches_iter_next(iterator)) != ffi.NULL:
        mismatches.append(ffi.string(lib.pactffi_mismatch_to_json(one)).decode())
    lib.pactffi_mismatches_iter_delete(iterator)
    lib.pactffi_mismatches_delete(found)
    return mismatches


def read_message(data):
    return lib.pactffi_message_new_from_json(0, json.dumps(data).encode(), V3)


def match_requests(cases):
    """Return (index, mismatches) of each request, as found by the core's mock server.

    The path of each interaction is prefixed with `/<index>`.
    """
    pact = lib.pactffi_new_pact(b"c", b"p")
    lib.pactffi_with_specification(pact, V4)
    for index, case in cases:
        define_interaction(pact, index, case["expected"])
    port = lib.pactffi_create_mock_server_for_transport(
        pact, b"127.0.0.1", 0, b"http", ffi.NULL
    )
    if port <= 0:
        raise RuntimeError(f"the mock server did not start: {port}")
    try:
        statuses = [
            (index, send_request(port, index, case["actual"])) for index, case in cases
        ]
        found = json.loads(ffi.string(lib.pactffi_mock_server_mismatches(port)))
    finally:
        lib.pactffi_cleanup_mock_server(port)
        lib.pactffi_free_pact_handle(pact)
    reasons = {}
    for one in found:
        if one["type"] != "missing-request":
            prefix = one["path"].split("/")[1]
            reasons[prefix] = [
                json.dumps(mismatch) for mismatch in one.get("mismatches", [])
            ]
    return [
        (index, [] if status == 200 else reasons.get(str(index)) or [str(status)])
        for index, status in statuses
    ]


def define_interaction(pact, index, expected):
    interaction = lib.pactffi_new_interaction(pact, str(index).encode())
    path = f"/{index}{expected['path']}"
    lib.pactffi_with_request(interaction, expected["method"].encode(), path.encode())
    for name, values in expected["query"].items():
        for at, value in enumerate(values):
            lib.pactffi_with_query_parameter_v2(
                interaction, name.encode(), at, value.encode()
            )
    for name, values in expected["headers"].items():
        for at, value in enumerate(values):
            lib.pactffi_with_header_v2(
                interaction, REQUEST, name.encode(), at, value.encode()
            )
    if expected["body"] is not None:
        lib.pactffi_with_body(
            interaction,
            REQUEST,
            expected["headers"]["Content-Type"][0].encode(),
            expected["body"].encode(),
        )
    rules = json.dumps(expected["matchingRules"]).encode()
    if expected["matchingRules"]:
        lib.pactffi_with_matching_rules(interaction, REQUEST, rules)
    lib.pactffi_response_status(interaction, 200)


def send_request(port, index, actual):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(
        actual["method"], f"/{index}{actual['target']}", skip_accept_encoding=True
    )
    body = None if actual["body"] is None else actual["body"].encode()
    for name, value in actual["headers"]:
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body or b"")))
    connection.endheaders(body)
    status = connection.getresponse().status
    connection.close()
    return status


if __name__ == "__main__":
    main()
