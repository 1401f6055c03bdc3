"""Test the bounds of comparisons, and what they refuse.

Source: SECURITY.md, "Bounds".
"""

import json
import sys
import threading
import time

import pytest

import pypact
from pypact.formats import read_pact
from pypact.matching import body, headers, multipart, xml
from pypact.matching.body import MOST_MISMATCHES
from pypact.matching.parameters import compare_parameters
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.rules import dates

XML = "application/xml"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
TYPE = {"match": "type"}
ANY_VARIANT = {"match": "arrayContains", "variants": []}
DIGITS = {"match": "regex", "regex": "[0-9]+"}


def compare(part, actual):
    """Return the mismatches of a response, which are found within the bound of time."""
    data = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [{"request": {}, "response": part}],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    began = time.process_time()
    (interaction,) = read_pact(data).interactions
    found = pypact.match_response(interaction, actual)
    for mismatch in found:
        assert str(mismatch)
    assert time.process_time() - began < 2
    return found


def compare_bodies(content_type, expected, actual, rules=None):
    part = {"headers": {"Content-Type": content_type}, "body": expected}
    lists = {path: {"matchers": found} for path, found in (rules or {}).items()}
    part["matchingRules"] = {"body": lists}
    headers = [("Content-Type", content_type)]
    return compare(part, pypact.Response.from_http(200, headers, actual.encode()))


def build_xml(*children):
    return f"<a>{''.join(children)}</a>"


def build_parts(count, name="a", disposition="", file=False):
    head = "Content-Disposition: form-data"
    kind = '; filename="f"\r\nContent-Type: application/json' if file else ""
    parts = (
        f'--b\r\n{head}; name="{name.format(number)}"{disposition}{kind}\r\n\r\n1\r\n'
        for number in range(count)
    )
    return "".join(parts) + "--b--\r\n"


def nest_multipart(depth):
    content = "x"
    for number in range(depth):
        inner = f"multipart/mixed; boundary=n{number - 1}"
        head = f"--n{number}\r\nContent-Type: {inner}\r\n\r\n"
        content = f"{head}{content}\r\n--n{number}--\r\n"
    return f"multipart/mixed; boundary=n{depth - 1}", content


LONG_NAME = f'<a xmlns:n="{"u" * 10_000}"><!-- --><n:b/></a>'
LONG_DISPOSITION = build_parts(1, disposition="; a=b" * 2_000)
FILES = build_parts(300, file=True)


@pytest.mark.parametrize(
    ("content_type", "body", "problem"),
    [
        (XML, build_xml("<!-- -->", "<b/>" * 50), "it has more than 50 elements"),
        (XML, LONG_NAME, "more than 10,000 characters, with its namespace"),
        (MULTIPART, "--b\r\n\r\n\r\n" * 51 + "--b--", "more than 50 parts"),
        (MULTIPART, LONG_DISPOSITION, "more than 4,000 characters"),
        (*nest_multipart(500), "it is nested too deeply"),
    ],
    ids=["elements", "names", "parts", "disposition", "nested parts"],
)
def test_bodies_beyond_a_bound_are_mismatches(content_type, body, problem, monkeypatch):
    monkeypatch.setattr(xml, "_MOST_ELEMENTS", 50)
    monkeypatch.setattr(multipart, "_MOST_PARTS", 50)
    found = compare_bodies(content_type, body, body)

    assert found
    assert all(problem in one.message for one in found)


@pytest.mark.parametrize(
    ("bound", "most", "within", "beyond"),
    [
        ("_MOST_ELEMENTS", 3, build_xml("<b/>" * 2), build_xml("<b/>" * 3)),
        ("MOST_LEVELS", 2, build_xml("<b/>"), build_xml("<b><c/></b>")),
        ("MOST_ATTRIBUTES", 2, '<a b="1" c="2"/>', '<a b="1" c="2" d="3"/>'),
        ("_LONGEST_NAME", 3, "<abc/>", "<abcd/>"),
    ],
)
def test_the_bounds_of_xml_are_still_accepted(monkeypatch, bound, most, within, beyond):
    monkeypatch.setattr(xml, bound, most)

    xml.parse_xml(within.encode())
    with pytest.raises(ValueError, match=f" {most} "):
        xml.parse_xml(beyond.encode())


def test_a_part_nested_more_deeply_than_expected():
    content_type, body = nest_multipart(500)
    _, expected = nest_multipart(1)
    outer = expected.replace("n0", "n499")

    assert compare_bodies(content_type, outer, body)


def test_more_rules_than_the_files_of_a_body_can_have():
    rules = {f"$.a.x{number}": [DIGITS] for number in range(400)}
    (found,) = compare_bodies(MULTIPART, FILES, FILES, rules)

    assert "the rules of its parts are more than 100,000 in all" in found.message


MANY = range(800)


@pytest.mark.parametrize(
    ("content_type", "expected", "actual", "rules"),
    [
        (JSON, [1] * 2_000, str(["x"] * 2_000).replace("'", '"'), {}),
        (
            XML,
            build_xml(*(f"<b{n}>1</b{n}>" for n in MANY)),
            build_xml(*(f"<b{n}>x</b{n}>" for n in MANY)),
            {f"$.a.b{n}": [DIGITS] for n in MANY},
        ),
        (
            XML,
            build_xml("<b>1</b>" * 800),
            build_xml("<b>x</b>" * 800),
            {f"$.a.b[{n}]": [DIGITS] for n in MANY},
        ),
        (XML, build_xml("<b/>" * 200), build_xml("<b/>"), {}),
        (XML, build_xml("<b/>"), build_xml("<b/>", *["<c/>"] * 200), {"$.a": [TYPE]}),
        (FORM, "&".join(["a=1"] * 2_000), "&".join(["a=x"] * 2_000), {"$.a": [DIGITS]}),
        (FORM, "a=1", "&".join(f"b{n}=1" for n in MANY), {}),
        (FORM, "&".join(f"b{n}=1" for n in MANY), "a=1", {}),
        (MULTIPART, build_parts(500, "a{}"), build_parts(500, "b{}"), {}),
    ],
)
def test_only_the_first_of_many_mismatches_are_listed(
    content_type, expected, actual, rules
):
    *found, last = compare_bodies(content_type, expected, actual, rules)

    assert 0 < len(found) <= MOST_MISMATCHES
    if len(found) == MOST_MISMATCHES:
        assert "There are more mismatches; the first 100 are listed" in last.message


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": ["1"] * (MOST_MISMATCHES + 9)}, {"a": ["2"] * (MOST_MISMATCHES + 9)}),
        ({}, {f"a{number}": [""] for number in range(MOST_MISMATCHES + 9)}),
        ({f"a{number}": ["1"] for number in range(MOST_MISMATCHES + 9)}, {}),
    ],
    ids=["values", "unexpected names", "missing names"],
)
def test_no_more_mismatches_of_parameters_are_built(expected, actual):
    built = []

    def build(name, *values):
        built.append(name)
        return Mismatch(MismatchKind.QUERY, name, *values)

    found = compare_parameters("query", expected, actual, lambda _: None, build)

    assert len(built) == MOST_MISMATCHES
    assert len(found) == MOST_MISMATCHES + 1


def test_deep_documents_are_compared_in_a_thread_with_a_larger_stack():
    seen = []
    before = sys.getrecursionlimit(), threading.stack_size()

    def compare():
        thread = threading.current_thread()
        seen.append((thread.name, sys.getrecursionlimit(), threading.stack_size()))
        if len(seen) == 1:
            raise RecursionError
        return ["found"]

    assert ["found"] == body.run_deep(compare)
    first, (name, limit, size) = seen
    assert first[1:] == before
    assert name.startswith("pypact-deep")
    assert (20_000, 256 * 1024 * 1024) == (limit, size)
    assert before == (sys.getrecursionlimit(), threading.stack_size())


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({f"X-{number}": "1" for number in range(300)}, []),
        ({"X-A": ["b"] * 300}, [("X-A", "a")] * 300),
    ],
    ids=["headers", "values"],
)
def test_no_more_mismatches_of_headers_are_built(monkeypatch, expected, actual):
    built = []
    build = headers._header_mismatch

    def note(*arguments):
        built.append(arguments)
        return build(*arguments)

    monkeypatch.setattr(headers, "_header_mismatch", note)
    response = pypact.Response.from_http(200, actual, b"")
    *found, last = compare({"headers": expected}, response)

    assert MOST_MISMATCHES == len(found) == len(built)
    assert "header" == last.kind


def test_more_rules_than_a_place_can_have():
    rules = [{"match": "include", "value": str(number)} for number in range(21)]
    (found,) = compare_bodies(JSON, "a", '"a"', {"$": rules})

    assert "more than 20 rules for one place" in found.message


@pytest.mark.parametrize("regex", ["a" * 10_001, r"\p{L}" * 50])
def test_expressions_that_are_too_large(regex):
    (found,) = compare_bodies(
        "text/plain", "a", "a", {"$": [{**DIGITS, "regex": regex}]}
    )

    assert "characters" in found.message


@pytest.mark.parametrize("rule", [{"match": "ignore-order"}, ANY_VARIANT])
def test_lists_in_lists_that_are_compared_in_any_order(rule, monkeypatch):
    """Ten minutes: each level multiplied the pairs of the one below."""
    monkeypatch.setattr(body, "_MOST_PAIRED_VALUES", 20_000)
    expected, actual = [1] * 6, ["x"] * 6
    for _ in range(4):
        expected, actual = [expected] * 6, [actual] * 6
    rules = {"$" + "[*]" * depth: [rule] for depth in range(5)}
    rules["$[*][*][*][*][*]"] = [{"match": "type"}]
    found = compare_bodies(JSON, expected, str(actual).replace("'", '"'), rules)

    assert found


@pytest.mark.parametrize("is_large", ["expected", "actual"])
def test_large_items_on_one_side_are_counted(monkeypatch, is_large):
    monkeypatch.setattr(body, "_MOST_PAIRED_VALUES", 200)
    small, large = [[2]], [list(range(200))]
    expected, actual = (large, small) if is_large == "expected" else (small, large)
    rules = {"$": [{"match": "ignore-order"}]}
    found = compare_bodies(JSON, expected, json.dumps(actual), rules)

    assert any("too long to be compared" in one.message for one in found)


def test_pairs_of_items_of_many_form_fields(monkeypatch):
    monkeypatch.setattr(body, "_MOST_PAIRED_VALUES", 20_000)
    expected = "&".join(f"a{n % 10}={n}" for n in range(300))
    actual = "&".join(f"a{n % 10}=x{n}" for n in range(300))
    *_, last = compare_bodies(FORM, expected, actual, {"$.*": [ANY_VARIANT]})

    assert "too long to be compared in any order" in last.message


def test_items_move_to_other_partners():
    """1 can only pair with 1, so that the item of any type moves on."""
    rules = {
        "$": [{"match": "ignore-order"}],
        "$[0]": [{"match": "type"}],
        "$[1]": [{"match": "equality"}],
        "$[2]": [{"match": "type"}],
    }

    assert [] == compare_bodies(JSON, [5, 1, 7], "[1, 2, 3]", rules)
    assert compare_bodies(JSON, [5, 1, 7], "[4, 2, 3]", rules)


def test_one_large_example_of_many_small_items():
    """Seconds: each item was compared with all members of the example."""
    example = {f"k{number}": 1 for number in range(2_000)}
    values = {"$": [{"match": "type"}], "$[*]": [{"match": "values"}]}
    keys = {**values, "$[*]": [{"match": "eachKey", "rules": [{"match": "type"}]}]}
    actual = "[" + ",".join(['{"k1":1,"z":1}'] * 2_000) + "]"

    assert [] == compare_bodies(JSON, [example], actual, values)
    assert [] == compare_bodies(JSON, [example], actual, keys)


def test_a_long_path_is_cut():
    expected, actual = "1", "2"
    for _ in range(900):
        expected, actual = f"<abc>{expected}</abc>", f"<abc>{actual}</abc>"
    (found,) = compare_bodies(XML, expected, actual)

    assert len(found.path) < 1_100
    assert "…" in found.path


def test_a_pattern_of_a_date_that_is_too_large():
    rules = {"$": [{"match": "date", "format": "E" * 100_000}]}
    (found,) = compare_bodies(JSON, "a", '"a"', rules)

    assert "the pattern has more than 2,000 characters" in found.message


def test_a_list_is_compared_until_the_most_mismatches(monkeypatch):
    """Each pattern is compiled when its item is compared."""
    patterns = set()
    check = dates.check_date_text

    def note(pattern, text):
        patterns.add(pattern)
        check(pattern, text)

    monkeypatch.setattr(dates, "check_date_text", note)
    rules = {
        f"$[{number}]": [{"match": "date", "format": f"yyyy'{number}'"}]
        for number in range(3_000)
    }
    found = compare_bodies(JSON, ["a"] * 3_000, json.dumps(["2020"] * 3_000), rules)

    assert len(found) == MOST_MISMATCHES + 1
    assert len(patterns) < 2 * MOST_MISMATCHES
