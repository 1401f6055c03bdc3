"""Every worked example, and invalid expressions.

Source: docs/internals/specification.md, "9. Date/time expressions".
"""

import datetime as dt

import pytest

from pypact.generators import expressions

BASE = dt.datetime(2000, 1, 1, 10, tzinfo=dt.timezone.utc)  # a Saturday


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", "2000-01-01T10:00"),
        ("   ", "2000-01-01T10:00"),
        ("now", "2000-01-01T10:00"),
        ("today", "2000-01-01T10:00"),
        ("yesterday", "1999-12-31T10:00"),
        ("tomorrow", "2000-01-02T10:00"),
        ("+ 1 week", "2000-01-08T10:00"),
        ("+1week", "2000-01-08T10:00"),
        ("- 1 day + 2 days", "2000-01-02T10:00"),
        ("tomorrow+ 4 years", "2004-01-02T10:00"),
        ("today + 1 month - 1 day", "2000-01-31T10:00"),
        ("next day", "2000-01-02T10:00"),
        ("last week", "1999-12-25T10:00"),
        ("next fortnight", "2000-01-15T10:00"),
        ("last fortnight", "1999-12-18T10:00"),
        ("next month", "2000-02-01T10:00"),
        ("last year", "1999-01-01T10:00"),
        ("next monday", "2000-01-03T10:00"),
        ("next mon", "2000-01-03T10:00"),
        ("next saturday", "2000-01-08T10:00"),
        ("last saturday", "1999-12-25T10:00"),
        ("last wednesday", "1999-12-29T10:00"),
        ("last december", "1999-12-01T10:00"),
        ("next jan", "2001-01-01T10:00"),
        ("last january", "1999-01-01T10:00"),
        ("next may", "2000-05-01T10:00"),
        ("next june + 2 weeks", "2000-06-15T10:00"),
        ("last december + 2 weeks + 4 days", "1999-12-19T10:00"),
    ],
)
def test_date_expression_changes_the_date(expression, expected):
    assert moment(expected) == expressions.change_date(expression, BASE)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", "2000-01-01T10:00"),
        ("@", "2000-01-01T10:00"),
        ("@ now", "2000-01-01T10:00"),
        ("@ 2 o'clock", "2000-01-01T14:00"),
        ("@ 12 o'clock am", "2000-01-01T12:00"),
        ("@ 1 o'clock pm", "2000-01-01T13:00"),
        ("@ 12 o'clock pm", "2000-01-01T10:00"),
        ("@ noon", "2000-01-01T12:00"),
        ("@ + 1 hour", "2000-01-01T11:00"),
        ("@ last minute", "2000-01-01T09:59"),
        ("@ next second + 2 minutes", "2000-01-01T10:02:01"),
        ("tomorrow", "2000-01-02T10:00"),
        ("yesterday @ midnight - 1 hour", "1999-12-30T23:00"),
        (
            "tomorrow+ 4 years @ 3 o'clock + 40 milliseconds",
            "2004-01-02T15:00:00.040",
        ),
        ("last month @ last hour", "1999-12-01T09:00"),
    ],
)
def test_date_and_time_parts_are_applied_in_turn(expression, expected):
    assert moment(expected) == expressions.change_datetime(expression, BASE)


def test_after_noon_an_hour_without_am_or_pm_is_kept():
    afternoon = BASE.replace(hour=13, minute=5)

    assert BASE.replace(hour=2) == expressions.change_time("2 o'clock", afternoon)


@pytest.mark.parametrize(
    ("base", "expression", "expected"),
    [
        ("2001-01-31T08:00", "+ 1 month", "2001-02-28T08:00"),
        ("2000-03-31T08:00", "- 1 month", "2000-02-29T08:00"),
        ("2000-02-29T08:00", "+ 1 year", "2001-02-28T08:00"),
        ("2000-02-29T08:00", "+ 4 years", "2004-02-29T08:00"),
        ("2000-06-30T08:00", "next june", "2001-06-01T08:00"),
        ("2000-06-30T08:00", "last june", "1999-06-01T08:00"),
        ("2000-07-31T08:00", "next june", "2001-06-01T08:00"),
        ("2000-05-31T08:00", "last june", "1999-06-01T08:00"),
    ],
)
def test_a_day_past_the_end_of_a_month_becomes_its_last_day(base, expression, expected):
    assert moment(expected) == expressions.change_date(expression, moment(base))


@pytest.mark.parametrize(
    "expression",
    [
        "someday",
        "next",
        "next june 2 weeks",
        "+ week",
        "+ 1",
        "+ 1 hour",
        "1 week",
        "today + 1 week ?",
        "Tomorrow",
        "last 3 days",
        "today @ noon",
        "+ 99999 years",
    ],
)
def test_an_invalid_date_expression_is_refused(expression):
    with pytest.raises(ValueError, match=r"expression|out of range"):
        expressions.change_date(expression, BASE)


@pytest.mark.parametrize(
    "expression",
    ["13 o'clock", "0 o'clock", "3", "3 o'clock xx", "+ 1 day", "tomorrow"],
)
def test_an_invalid_time_expression_is_refused(expression):
    with pytest.raises(ValueError, match="expression"):
        expressions.change_time(expression, BASE)


def test_the_error_lists_the_known_words():
    with pytest.raises(ValueError, match="elevenses") as caught:
        expressions.change_time("elevenses", BASE)

    assert (
        "expression 'elevenses': expected one of now, midnight, noon, got 'elevenses'"
        == str(caught.value)
    )
