"""JSON reports that pages cannot show."""

import pytest

from pypact.errors import InvalidPact
from pypact.pages.runs import check_run

RESULT = {
    "consumer": "web",
    "provider": "users",
    "description": "a",
    "providerStates": [{"name": "s"}],
    "place": "a.json, interaction 1",
    "result": "ok",
    "pending": False,
    "text": ["line"],
    "duration": 0.5,
}


def test_a_report_is_accepted_without_members_that_older_versions_lack():
    check_run({"interactions": [RESULT]}, "r.json")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"consumer": 1}, r"interactions\[0\].consumer: expected a string, got the"),
        ({"providerStates": {}}, "providerStates: expected a list, got an object"),
        ({"providerStates": ["s"]}, "providerStates: expected an object"),
        ({"providerStates": [{}]}, "providerStates.name: expected a string, got nothi"),
        ({"text": "line"}, "text: expected a list"),
        ({"remarks": [1]}, "remarks: expected only strings, got the number 1"),
        ({"duration": "1"}, "duration: expected a number"),
        ({"pending": None}, "pending: expected true or false, got null"),
    ],
)
def test_a_malformed_report_is_an_error_with_its_place(change, text):
    with pytest.raises(InvalidPact, match=text):
        check_run({"interactions": [{**RESULT, **change}]}, "r.json")


def test_a_result_must_be_an_object():
    with pytest.raises(InvalidPact, match=r"r\.json\.interactions: expected a list"):
        check_run({}, "r.json")
    with pytest.raises(InvalidPact, match=r"interactions\[0\]: expected an object"):
        check_run({"interactions": [1]}, "r.json")
