"""Test the mismatches of many requests, responses, messages and bodies in full.

A table in `outcomes/bodies` has the bodies of one content type: for each actual body,
the mismatches in a response and, if they differ, those in a request.

Source: docs/internals/specification.md, "3. HTTP matching", "4. Body matching",
"14.2 Comparison".
"""

from pathlib import Path

import pytest
from interactions import http, message
from outcomes import call, check_outcomes, list_mismatches

import pypact
from pypact.formats.rules import read_rules
from pypact.masking import find_secret_names
from pypact.matching import json
from pypact.matching.body import compile_body
from pypact.matching.json import replace_in_json
from pypact.matching.multipart import hide_part_secrets
from pypact.matching.parameters import hide_form_secrets, replace_in_form
from pypact.matching.plans import compile_request
from pypact.matching.xml import hide_xml_secrets, replace_in_xml
from pypact.model.body import ExpectedBody, parse_content_type
from pypact.model.json import dump_json, parse_json
from pypact.model.rules import parse_path

FOLDER = Path(__file__).parent / "outcomes"
BODIES = sorted(FOLDER.glob("bodies/*.json"))


def compile_case(case, *, strict):
    content_type = parse_content_type(case.get("type", "application/json"))
    lists = {
        path: rule if "matchers" in rule else {"matchers": [rule]}
        for path, rule in case.get("rules", {}).items()
    }
    rules = read_rules({"body": lists}, "").get("body", {})
    content = encode(case, case["expected"])
    return compile_body(
        ExpectedBody(content, content_type, rules, strict, case.get("hint"))
    )


def encode(case, body):
    text = body if "type" in case else dump_json(body)
    return text.encode(case.get("encoding", "utf-8"))


@pytest.mark.parametrize("table", BODIES, ids=lambda table: table.stem)
def test_the_mismatches_of_bodies_are_those_of_the_table(table):
    plans = {}

    def judge(case, actual):
        if id(case) not in plans:
            plans[id(case)] = [compile_case(case, strict=one) for one in (False, True)]
        declared = case.get("actual type") or case.get("type", "application/json")
        content, content_type = encode(case, actual), parse_content_type(declared)
        response, request = (
            list_mismatches(plan.check(content, content_type))
            for plan in plans[id(case)]
        )
        if response == request:
            return {"both": response}
        return {"response": response, "request": request}

    check_outcomes(table, judge)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("kind", ["json", "xml"])
def test_what_matches_by_types_is_found_by_the_quick_comparison(kind, strict):
    """With other rules it may miss a match, but never a mismatch."""
    for case in parse_json((FOLDER / f"bodies/{kind}.json").read_bytes()):
        rules = case.get("rules", {}).values()
        names = {one["match"] for rule in rules for one in rule.get("matchers", [rule])}
        plan = compile_case(case, strict=strict)
        for outcome in case["outcomes"]:
            actual = outcome["actual"]
            found = outcome.get(
                "both", outcome.get("request" if strict else "response")
            )
            if kind == "json":
                is_quick = match_quickly(plan, actual, strict=strict)
                is_plain = case["expected"] != {"a": []}
            else:
                is_quick = plan._quick.matches(encode(case, actual))
                is_plain = "<!" not in actual and "<?p" not in actual

            matches = found == []
            if is_plain and names <= {"type"}:
                assert is_quick == matches, (case, actual)
            else:
                assert is_quick <= matches, (case, actual)


def match_quickly(plan, actual, *, strict):
    return json._match_surely(plan._expected, actual, plan._tree.root, strict)


def test_the_mismatches_of_requests_are_those_of_the_table():
    def judge(case, actual):
        interaction = http(request=case["request"], version=case.get("version", "4.0"))
        found = call(pypact.match_request, interaction, actual)
        plan = call(compile_request, interaction)
        return {"found": show(found), "specificity": plan.specificity}

    check_outcomes(FOLDER / "requests.json", judge)


def test_the_mismatches_of_responses_are_those_of_the_table():
    def judge(case, actual):
        interaction = http(response=case["response"])
        return {"found": show(call(pypact.match_response, interaction, actual))}

    check_outcomes(FOLDER / "responses.json", judge)


def test_the_mismatches_of_messages_are_those_of_the_table():
    def judge(case, actual):
        interaction = message(
            case.get("contents"), rules=case.get("rules"), metadata=case["metadata"]
        )
        contents, metadata = actual
        content = None if contents is None else contents.encode()
        found = call(pypact.match_message, interaction, content, metadata)
        return {"found": show(found)}

    check_outcomes(FOLDER / "messages.json", judge)


def test_values_are_replaced_as_in_the_table():
    """Each change appends `!` to what it replaces."""
    functions = {
        "json": replace_in_json,
        "xml": replace_in_xml,
        "form": replace_in_form,
    }

    def judge(case, actual):
        replace = functions[case["kind"]]
        changes = [(parse_path(path), lambda old: f"{old}!") for path in actual]
        written = call(replace, case["content"].encode(), changes)
        return {"written": written.decode() if isinstance(written, bytes) else written}

    check_outcomes(FOLDER / "replaced.json", judge)


def test_secrets_are_hidden_as_in_the_table():
    functions = {
        "xml": hide_xml_secrets,
        "form": hide_form_secrets,
        "multipart": hide_part_secrets,
    }

    def judge(case, actual):
        hidden = functions[case["kind"]](actual.encode("latin-1"), find_secret_names)
        return {"hidden": hidden.decode("latin-1")}

    check_outcomes(FOLDER / "hidden.json", judge)


def show(found):
    """Return mismatches with their kinds, or an error."""
    if isinstance(found, str):
        return found
    rows = zip(found, list_mismatches(found), strict=True)
    return [[one.kind, *row] for one, row in rows]
