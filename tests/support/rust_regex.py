"""Judge regular expressions with the official Rust core: JSON on stdin and stdout.

The script is run by a Python with pact-python 4 and does not import pypact. A case is a
pattern and strings; the verdict on each string is "matches", "differs" or "invalid"
(not a valid pattern). Each pattern is the rule of a JSON body that a mock server
expects, in a process of its own: the core keeps state between patterns, and a pattern
can end its process ("crashes").
"""

import http.client
import json
import os
import sys

from pact_ffi.ffi import ffi, lib

V4 = 5
REQUEST = 0


def main():
    cases = json.load(sys.stdin)
    json.dump([judge_alone(*case) for case in cases], sys.stdout)


def judge_alone(pattern, texts):
    """Return the verdicts of one pattern, found in a child process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as out:
            json.dump(judge(pattern, texts), out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as source:
        verdicts = source.read()
    os.waitpid(child, 0)
    return json.loads(verdicts) if verdicts else ["crashes"] * len(texts)


def judge(pattern, texts):
    lib.pactffi_init(b"PACT_LOG_LEVEL_UNSET")
    pact = lib.pactffi_new_pact(b"c", b"p")
    lib.pactffi_with_specification(pact, V4)
    interaction = lib.pactffi_new_interaction(pact, b"a request")
    lib.pactffi_with_request(interaction, b"POST", b"/")
    body = {"pact:matcher:type": "regex", "regex": pattern, "value": "-"}
    lib.pactffi_with_body(
        interaction, REQUEST, b"application/json", json.dumps({"v": body}).encode()
    )
    lib.pactffi_response_status(interaction, 200)
    port = lib.pactffi_create_mock_server_for_transport(
        pact, b"127.0.0.1", 0, b"http", ffi.NULL
    )
    return [send_text(port, text) for text in texts]


def send_text(port, text):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"v": text}).encode()
    connection.request("POST", "/", body, {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    if status == 200:
        return "matches"
    found = ffi.string(lib.pactffi_mock_server_mismatches(port)).decode()
    return "invalid" if "not a valid regular expression" in found else "differs"


if __name__ == "__main__":
    main()
