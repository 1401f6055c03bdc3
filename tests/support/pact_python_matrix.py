"""Write pact files with pact-python 4; run by a Python that has it installed.

python pact_python_matrix.py FOLDER SPECIFICATION
"""

import sys

from pact import Pact, match

JSON = "application/json"


def main(folder, specification):
    pact = Pact("C", "P").with_specification(specification)
    for kind, body in json_bodies(specification).items():
        (
            pact.upon_receiving(kind)
            .given(f"state of {kind}")
            .with_request("POST", f"/{kind}")
            .with_query_parameter("q", "a b ü")
            .with_header("X-Kind", kind)
            .with_body(body, JSON)
            .will_respond_with(200)
            .with_header("X-Kind", match.regex(kind, regex=".*"))
            .with_body(body, JSON)
        )
    add_other_bodies(pact)
    pact.write_file(folder)


def json_bodies(specification):
    bodies = {
        "plain": {"a": 1, "b": [1.5, None, True, "ä"]},
        "like": match.like({"a": 1, "b": ["x"]}),
        "regex": {"a": match.regex("1", regex=r"\d+")},
        "each-like": {"a": match.each_like({"b": match.int(1)}, min=1)},
    }
    if specification != "V2":
        bodies["numbers"] = {
            "a": match.int(1),
            "b": match.decimal(1.5),
            "c": match.bool(True),
            "d": match.none(),
        }
        bodies["dates"] = {
            "a": match.date("2020-01-31", format="%Y-%m-%d"),
            "b": match.time("10:30:00", format="%H:%M:%S"),
        }
        bodies["include"] = {"a": match.includes("x")}
    if specification == "V4":
        bodies["array-contains"] = {
            "a": match.array_containing([match.int(1), match.regex("x", regex="x+")])
        }
        bodies["each-key"] = {
            "a": match.each_key_matches(
                {"k": match.int(1)}, rules=[match.regex("k", regex="[a-z]+")]
            )
        }
        bodies["each-value"] = {
            "a": match.each_value_matches({"k": 1}, rules=[match.int(1)])
        }
    return bodies


def add_other_bodies(pact):
    for kind, body, content_type in (
        ("text", "a text", "text/plain"),
        ("xml", "<a b='1'>x</a>", "application/xml"),
        ("form", "a=1&b=x+y", "application/x-www-form-urlencoded"),
    ):
        (
            pact.upon_receiving(kind)
            .with_request("POST", f"/{kind}")
            .with_body(body, content_type)
            .will_respond_with(200)
            .with_body(body, content_type)
        )
    (
        pact.upon_receiving("binary")
        .with_request("POST", "/binary")
        .with_binary_body(b"%PDF-1.7\xff", "application/pdf")
        .will_respond_with(200)
        .with_binary_body(b"%PDF-1.7\xff", "application/pdf")
    )
    (pact.upon_receiving("none").with_request("GET", "/none").will_respond_with(204))


if __name__ == "__main__":
    main(*sys.argv[1:])
