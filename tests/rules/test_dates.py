"""Test date and time patterns.

Source: docs/internals/specification.md, "8. Date and time formats".
"""

import datetime as dt
import zoneinfo

import pytest

from pypact.rules.dates import check_date_pattern, check_date_text, format_date


def accepts(pattern, text):
    try:
        check_date_text(pattern, text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy.MM.dd G 'at' HH:mm:ss z", "2001.07.04 AD at 12:08:56 PDT"),
        ("EEE, MMM d, ''yy", "Wed, Jul 4, '01"),
        ("h:mm a", "12:08 PM"),
        ("yyyyy.MMMMM.dd G hh:mm a", "02001.July.04 AD 12:08 PM"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2001-07-04T12:08:56.235-0700"),
        ("YYYY-'W'ww-u", "2001-W27-3"),
        ("yyyy-MM-dd'T'HH:mmXXX'['VV']'", "2020-01-01T10:00+01:00[Europe/Warsaw]"),
        ("yyMMddHHmmssZ", "010704120856-0700"),
        ("yyyyMMdd", "20200203"),
        ("GGGGG", "b"),
        ("GGGGG", "AD"),
        ("GGGG", "Before Christ"),
        ("HHmmssSSS", "123456789"),
        ("Hmm", "934"),
        ("yyyyMMMdd", "20Jan3"),
        ("QQyyyy", "042020"),
        ("yyyyDDD", "2020123"),
        ("yyyyMM[dd]", "202002"),
        ("mmssA", "56561"),
        ("yyyMM", "20201"),
        ("uuuuMMdd'T'H", "20200203T1"),
        ("HH:ss:mm", "12:34:56"),
        ("yyyy", "20"),
        ("y", "2020"),
        ("GGGG", "Anno Domini"),
        ("GGGGG", "a"),
        ("D", "366"),
        ("Q", "4"),
        ("QQ", "04"),
        ("QQQ", "Q1"),
        ("QQQQ", "1st quarter"),
        ("w", "53"),
        ("W", "0"),
        ("F", "5"),
        ("EEEE", "monday"),
        ("e", "7"),
        ("eee", "Mon"),
        ("eeee", "Monday"),
        ("c", "1"),
        ("a", "am"),
        ("K", "0"),
        ("k", "24"),
        ("L", "12"),
        ("LLL", "Jan"),
        ("LLLL", "3"),
        ("ss", "60"),
        ("SSS", "1"),
        ("A", "86399999"),
        ("n", "999999999"),
        ("N", "1"),
        ("VV", "Z"),
        ("VV", "UTC"),
        ("VV", "+02:00"),
        ("z", "UTC"),
        ("zzzz", "Central European Time"),
        ("O", "GMT+8"),
        ("O", "GMT+8:00"),
        ("O", "UTC-3"),
        ("O", "GMT"),
        ("OOOO", "GMT+08:00"),
        ("X", "Z"),
        ("X", "+0830"),
        ("x", "+08"),
        ("xx", "+0830"),
        ("xxx", "+14:00"),
        ("xxxx", "+083015"),
        ("xxxxx", "+08:30:15"),
        ("ZZZZ", "GMT+08:30"),
        ("ZZZZZ", "Z"),
        ("HH[:mm]", "10"),
        ("HH[:mm]", "10:30"),
        ("yyyy#MM", "2020#01"),
        ("''", "'"),
        ("'o''clock'", "o'clock"),
        ("MM-dd", "02-29"),
        ("dd", "31"),
        ("uuuu-MM-dd", "2400-02-29"),
        ("YYYY-MM-dd", "2001-02-29"),
    ],
)
def test_a_string_in_the_format_passes(pattern, text):
    check_date_text(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "2000-02-30"),
        ("yyyy-MM-dd", "2001-02-29"),
        ("yyyy-MM-dd", "2001-13-01"),
        ("yyyy-MM-dd", "2001-01-01 "),
        ("yyyy-MM-dd HH:mm:ssZZZ", "2013-12-01 14:00:00+10:00"),
        ("mm:ss", "14:01:01"),
        ("yyyy", "20200"),
        ("yy", "202"),
        ("QQ", "5"),
        ("GGGGG", "Anno Domini"),
        ("G", "Anno Domini"),
        ("GGG", "A"),
        ("yyyyMMdd", "202023"),
        ("HHmmss", "1234"),
        ("HHmm", "123"),
        ("yyMMddHHmmss", "1704120856"),
        ("QQyyyy", "42020"),
        ("uuuuMM[dd]", "20202"),
        ("HHmmssSSS", "12345678"),
        ("MMM-dd", "Feb-30"),
        ("D", "367"),
        ("Q", "5"),
        ("w", "54"),
        ("W", "7"),
        ("F", "0"),
        ("EEE", "Xyz"),
        ("h", "13"),
        ("K", "12"),
        ("HH", "24"),
        ("k", "0"),
        ("ss", "61"),
        ("S", "12"),
        ("VV", "Nowhere/Bad"),
        ("VV", "+19:00"),
        ("z", "XYZ"),
        ("XXX", "+18:60"),
        ("XXX", "+19:00"),
        ("Z", "Z"),
        ("Z", "+08:30"),
        ("xxx", "+0830"),
    ],
)
def test_a_string_in_another_form_or_out_of_range_fails(pattern, text):
    assert not accepts(pattern, text)


@pytest.mark.parametrize(
    "pattern",
    [
        *("GGGGGG", "aa", "www", "WWW", "FFF", "ddd", "EEEEEE", "eeeeee", "cc"),
        *("MMMMMM", "LLLLLL", "QQQQQQ", "hhh", "HHH", "kkk", "KKK", "mmm", "sss"),
        *("XXXXXX", "xxxxxx", "ZZZZZZ", "OOOOO", "VVV", "zzzzz"),
        *("yyyy 5", "yyyy{", "b", "[yyyy", "yyyy]", "yyyy'"),
    ],
)
def test_an_invalid_pattern_is_an_error(pattern):
    with pytest.raises(ValueError, match="pattern"):
        check_date_pattern(pattern)
    with pytest.raises(ValueError, match="pattern"):
        check_date_text(pattern, "2020")


BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))
MOMENT = dt.datetime(2026, 7, 4, 15, 8, 5, 678901, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-07-04T15:08:05.678+02:00"),
        ("yy", "26"),
        ("YYYY-'W'ww-e", "2026-W27-6"),
        ("G GGGGG", "AD A"),
        ("M L MMM MMMM", "7 7 Jul July"),
        ("D", "185"),
        ("Q QQ QQQ QQQQ", "3 03 Q3 3rd quarter"),
        ("W F", "1 1"),
        ("E EEEE ee eee", "Sat Saturday 06 Sat"),
        ("h K H k a", "3 3 15 15 PM"),
        ("SSSSSSSSS", "678901000"),
        ("A n N", "54485678 678901000 54485678901000"),
        ("VV", "Europe/Berlin"),
        ("z zzzz", "CEST Coordinated Universal Time"),
        ("O OOOO", "GMT+2 GMT+02:00"),
        ("X XX x xx", "+02 +0200 +02 +0200"),
        ("Z ZZZZ ZZZZZ", "+0200 GMT+02:00 +02:00"),
        ("[yyyy] 'at' ''", "2026 at '"),
    ],
)
def test_a_datetime_is_formatted(pattern, text):
    assert text == format_date(pattern, MOMENT)


def test_a_datetime_in_utc_is_formatted():
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)

    assert "Z Z +00 GMT GMT Z" == format_date("X XXX x O ZZZZ ZZZZZ", moment)
    assert "+00:00 UTC" == format_date("VV z", moment)


def test_an_offset_of_half_an_hour_is_formatted():
    moment = dt.datetime(2026, 1, 1, tzinfo=INDIA)

    assert "+0530 GMT+5:30" == format_date("x O", moment)
    assert "+0530 +0530 +05:30" == format_date("xx xxxx xxxxx", moment)
    assert "UTC" == format_date("z", moment)
    assert "-0530" == format_date(
        "x", moment.replace(tzinfo=dt.timezone(-dt.timedelta(hours=5, minutes=30)))
    )


def test_a_naive_datetime_is_local():
    assert 5 == len(format_date("Z", dt.datetime(2026, 1, 1)))  # noqa: DTZ001 -- the point


@pytest.mark.parametrize("hour", [0, 12])
def test_midnight_and_noon_are_formatted(hour):
    moment = MOMENT.replace(hour=hour)

    assert {0: "12 0 24", 12: "12 0 12"}[hour] == format_date("h K k", moment)


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize(
    "pattern",
    [
        "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        "EEE, d MMM yyyy h:mm a z",
        "QQQQ yy D LLLL",
        "G EEEE ww W F e k K A n N O ZZZZ x",
    ],
)
def test_a_formatted_datetime_passes_its_pattern(pattern, month):
    check_date_text(pattern, format_date(pattern, MOMENT.replace(month=month)))
