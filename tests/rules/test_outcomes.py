"""Test what rules, dates and regular expressions do with many inputs, in full.

Source: docs/internals/specification.md, "6. Matchers", "8. Date and time formats";
docs/internals/regex.md, "What is translated", "Writing", "Time limit".
"""

import datetime as dt
import sys
import zoneinfo
from pathlib import Path

import pytest
from outcomes import call, check_outcomes

from pypact.model.rules import Rule
from pypact.rules.backtracking import find_safe_length
from pypact.rules.bounded_match import compile_full_match
from pypact.rules.compiled import CompiledRule
from pypact.rules.dates import check_date_text, format_date, translate_strftime
from pypact.rules.magic import detect_content_types
from pypact.rules.portable_regex import write_portable_regex
from pypact.rules.regex import compile_regex
from pypact.rules.table import find_kind, parse_rule, write_rule

FOLDER = Path(__file__).parent / "outcomes"


def test_values_pass_or_fail_rules_as_in_the_table():
    def judge(case, actual):
        rule = CompiledRule(parse_rule(case["rule"]))
        expected, value = actual
        found = {"json": call(rule.json, expected, value)}
        if isinstance(value, str):
            found["text"] = call(rule.text, "a", value)
            found["bytes"] = call(rule.check_bytes, b"a", value.encode())
        elif isinstance(value, list):
            found["list"] = call(rule.check_list, expected, value, cascaded=False)
            found["cascaded"] = call(rule.check_list, expected, value, cascaded=True)
            found["value"] = call(rule.check_value, expected, value)
        elif isinstance(value, dict):
            found["map"] = call(rule.check_map, expected, value, cascaded=False)
            found["cascaded"] = call(rule.check_map, expected, value, cascaded=True)
        elif isinstance(value, int):
            found["status"] = call(rule.check_status, expected, value)
        return found

    check_outcomes(FOLDER / "values.json", judge)


def test_rules_are_read_and_described_as_in_the_table():
    def judge(_, actual):
        rule = call(parse_rule, actual)
        if not isinstance(rule, Rule):
            return {"error": rule}
        words = call(find_kind(rule.name).describe, rule.attributes)
        return {"written": write_rule(rule), "words": words}

    check_outcomes(FOLDER / "reading.json", judge)


def test_texts_have_the_form_of_a_pattern_as_in_the_table():
    check_outcomes(
        FOLDER / "dates.json",
        lambda case, actual: {"error": call(check_date_text, case["pattern"], actual)},
    )


def test_moments_are_written_as_in_the_table():
    def judge(case, actual):
        text, zone = actual
        moment = dt.datetime.fromisoformat(text)
        if zone is not None:
            moment = moment.replace(tzinfo=zoneinfo.ZoneInfo(zone))
        return {"text": call(format_date, case["pattern"], moment)}

    check_outcomes(FOLDER / "moments.json", judge)


def test_formats_of_strftime_are_translated_as_in_the_table():
    check_outcomes(
        FOLDER / "strftime.json",
        lambda _, actual: {"pattern": call(translate_strftime, actual)},
    )


def test_expressions_match_and_are_written_as_in_the_table():
    def judge(case, actual):
        matches = call(compile_full_match, case["regex"])
        found = matches if isinstance(matches, str) else bool(call(matches, actual))
        return {"matches": found}

    check_outcomes(FOLDER / "matches.json", judge)


# In Python 3.10, atomic groups are translated to other syntax.
@pytest.mark.skipif(sys.version_info < (3, 11), reason="the translation differs")
def test_expressions_are_translated_as_in_the_table():
    def judge(_, actual):
        pattern = call(compile_regex, actual)
        portable = call(write_portable_regex, actual)
        if isinstance(pattern, str):
            return {"error": pattern, "portable": portable}
        length = find_safe_length(pattern)
        return {"python": pattern.pattern, "portable": portable, "safe": length}

    check_outcomes(FOLDER / "expressions.json", judge)


def test_the_content_type_of_bytes_is_that_of_the_table():
    check_outcomes(
        FOLDER / "bytes.json",
        lambda _, actual: {"types": list(detect_content_types(bytes.fromhex(actual)))},
    )
