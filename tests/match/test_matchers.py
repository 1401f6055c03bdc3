"""Matchers: the example, rules and generators of a structure."""

import datetime as dt
import ipaddress
import random
import subprocess
import sys
from decimal import Decimal

import pytest

from pypact import generate, match
from pypact.errors import InvalidExpectation
from pypact.match.split import Parts, split
from pypact.model.rules import Generator, Rule, RuleList

TYPE = Rule("type")


def rules(**by_path):
    return by_path


def at(path, *found, combine="AND"):
    return {path: RuleList(found, combine)}


# -- single values ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matcher", "example", "rule"),
    [
        (match.like("John"), "John", TYPE),
        (match.like(None), None, TYPE),
        (match.regex(r"\w+", "abc"), "abc", Rule("regex", {"regex": r"\w+"})),
        (match.regex("abc", regex=r"\w+"), "abc", Rule("regex", {"regex": r"\w+"})),
        (
            match.regex(pattern=r"\w+", example="abc"),
            "abc",
            Rule("regex", {"regex": r"\w+"}),
        ),
        (
            match.regex(regex=r"\w+", example="abc"),
            "abc",
            Rule("regex", {"regex": r"\w+"}),
        ),
        (match.term(r"\w+", "abc"), "abc", Rule("regex", {"regex": r"\w+"})),
        (
            match.term(matcher=r"\w+", generate="abc"),
            "abc",
            Rule("regex", {"regex": r"\w+"}),
        ),
        (match.regex(r"\d+", 12), 12, Rule("regex", {"regex": r"\d+"})),
        (match.equal_to(5), 5, Rule("equality")),
        (match.integer(), 1, Rule("integer")),
        (match.integer(-7), -7, Rule("integer")),
        (match.decimal(), Decimal("1.5"), Rule("decimal")),
        (match.decimal(0.25), Decimal("0.25"), Rule("decimal")),
        (match.number(3), 3, Rule("number")),
        (match.number(2.5), Decimal("2.5"), Rule("number")),
        (match.boolean(), True, Rule("boolean")),
        (match.boolean(example=False), False, Rule("boolean")),
        (match.null(), None, Rule("null")),
        (match.string("a"), "a", TYPE),
        (match.include("b"), "b", Rule("include", {"value": "b"})),
        (match.include("b", "abc"), "abc", Rule("include", {"value": "b"})),
        (match.not_empty("a"), "a", Rule("notEmpty")),
        (match.semver(), "1.0.0", Rule("semver")),
        (match.date(), "2000-02-01", Rule("date", {"format": "yyyy-MM-dd"})),
        (match.time(), "12:30:59", Rule("time", {"format": "HH:mm:ss"})),
        (
            match.datetime(),
            "2000-02-01T12:30:59Z",
            Rule("datetime", {"format": "yyyy-MM-dd'T'HH:mm:ssXXX"}),
        ),
        (
            match.date("24.12.2024", "%d.%m.%Y"),
            "24.12.2024",
            Rule("date", {"format": "dd.MM.yyyy"}),
        ),
        (
            match.date(dt.date(2024, 12, 24), "dd/MM/yy"),
            "24/12/24",
            Rule("date", {"format": "dd/MM/yy"}),
        ),
        (
            match.datetime(dt.datetime(2024, 1, 2, 3, 4), "%Y-%m-%dT%H:%M"),  # noqa: DTZ001
            "2024-01-02T03:04",
            Rule("datetime", {"format": "yyyy-MM-dd'T'HH:mm"}),
        ),
        (match.status_code(), 200, Rule("statusCode", {"status": "success"})),
        (
            match.status_code("clientError"),
            400,
            Rule("statusCode", {"status": "clientError"}),
        ),
        (
            match.status_code("nonError"),
            200,
            Rule("statusCode", {"status": "nonError"}),
        ),
        (
            match.status_code("success", 204),
            204,
            Rule("statusCode", {"status": "success"}),
        ),
        (match.status_code(404), 404, Rule("statusCode", {"status": [404]})),
        (
            match.status_code([200, 201], 201),
            201,
            Rule("statusCode", {"status": [200, 201]}),
        ),
        (
            match.content_type("application/pdf", b"%PDF-1.7"),
            b"%PDF-1.7",
            Rule("contentType", {"value": "application/pdf"}),
        ),
    ],
)
def test_a_matcher_has_an_example_and_a_rule(matcher, example, rule):
    parts = split(matcher)

    assert (example, at("$", rule), {}) == parts
    assert type(example) is type(match.example(matcher))


@pytest.mark.parametrize(
    "matcher",
    [match.uuid(), match.email(), match.ipv4("10.0.0.255"), match.hexadecimal()],
)
def test_common_string_formats_are_regular_expressions(matcher):
    (rule,) = split(matcher).rules["$"].rules

    assert "regex" == rule.name


def test_a_regex_without_example_gives_the_same_one_in_each_process():
    pattern = r"[^a-f]{8}\s\d+"
    code = f"from pypact import match; print(match.example(match.regex({pattern!r})))"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert match.example(match.regex(pattern)) == other.stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (
            lambda: match.regex(r"\d+", "abc"),
            r"the example 'abc' does not match its own regular expression '\\d\+'$",
        ),
        (
            lambda: match.regex("abc", r"\w+"),
            r"does not match .*; the pattern is the first argument: regex\(pattern",
        ),
        (lambda: match.regex("abc", "("), "does not match its own"),
        (lambda: match.regex("(", "abc"), r"'\(' is not a valid regular expression"),
        (lambda: match.regex("("), r"regex '\('"),
        (match.regex, r"regex\(\) needs a pattern"),
        (lambda: match.integer(1.5), "to be an integer"),
        (lambda: match.integer("1"), "to be an integer"),
        (lambda: match.integer(True), r"true \(Boolean\) to be an integer"),
        (lambda: match.decimal(1), "to be a decimal number"),
        (lambda: match.number("1"), "to be a number"),
        (lambda: match.boolean("yes"), "to match a boolean"),
        (lambda: match.string(5), "takes a string"),
        (lambda: match.include("a", "b"), "to include 'a'"),
        (lambda: match.not_empty(""), "to not be empty"),
        (lambda: match.not_empty([]), "empty example"),
        (lambda: match.semver("1.0"), "not a valid semantic version"),
        (lambda: match.uuid("x"), "does not match its own"),
        (lambda: match.date("01.02.2000"), "to match a date pattern of 'yyyy-MM-dd'"),
        (lambda: match.date("yyyy-MM-dd"), "to match a date pattern"),
        (lambda: match.date(format="%U"), "strftime directive %U"),
        (lambda: match.time(format="b"), "date format 'b'"),
        (lambda: match.time(5), "expected a date, a time or a string, got 5"),
        (
            lambda: match.status_code("good"),
            "unknown status class 'good'; known classes: info",
        ),
        (lambda: match.status_code("success", 404), "404"),
        (lambda: match.status_code([]), "at least one code"),
        (lambda: match.content_type("image/png", b"x"), "detected contents"),
        (lambda: match.equal_to({"a": match.like(1)}), "cannot contain matchers"),
        (lambda: match.equal_to([generate.uuid()]), "cannot contain matchers"),
        (lambda: match.like(match.regex("a", "b")), "does not match its own"),
    ],
)
def test_an_invalid_example_is_refused_when_defined(make, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        make()


def test_a_matcher_may_have_a_generator():
    parts = split(match.integer(5, generator=generate.random_int(1, 9)))

    assert (
        5,
        at("$", Rule("integer")),
        {"$": Generator("RandomInt", {"min": 1, "max": 9})},
    ) == parts


def test_a_matcher_may_have_a_raw_generator():
    parts = split(match.like("a", generator=Generator("Mine", {"x": 1})))

    assert {"$": Generator("Mine", {"x": 1})} == parts.generators


def test_a_url_is_matched_by_its_last_fragments():
    matcher = match.url("http://localhost:80/", "a.b/", match.regex(r"^\d+$", "12"))
    pattern = r".*(/a\.b/(?:\d+))$"

    assert Parts(
        "http://localhost:80/a.b/12",
        at("$", Rule("regex", {"regex": pattern})),
        {
            "$": Generator(
                "MockServerURL",
                {"example": "http://localhost:80/a.b/12", "regex": pattern},
            )
        },
    ) == split(matcher)


@pytest.mark.parametrize("fragments", [(), (match.like("a"),)])
def test_a_url_fragment_must_be_a_string_or_a_regex(fragments):
    with pytest.raises(InvalidExpectation, match="path fragment"):
        match.url("http://localhost", *fragments)


# -- structures ------------------------------------------------------------------------


def test_a_structure_is_split_into_example_rules_and_generators():
    body = {
        "plain": "x",
        "name": match.like("Ada"),
        "tags": [1, match.integer(2)],
        "odd key": match.like(1.5),
        "pairs": ("a", match.regex("b", "b")),
        "id": generate.uuid("simple"),
    }

    assert Parts(
        {
            "plain": "x",
            "name": "Ada",
            "tags": [1, 2],
            "odd key": Decimal("1.5"),
            "pairs": ["a", "b"],
            "id": "e2490de55bd343d5b7c4526e33f71304",
        },
        {
            **at("$.name", TYPE),
            **at("$.tags[1]", Rule("integer")),
            **at("$['odd key']", TYPE),
            **at("$.pairs[1]", Rule("regex", {"regex": "b"})),
            **at("$.id", Rule("regex", {"regex": "[0-9a-f]{32}"})),
        },
        {"$.id": Generator("Uuid", {"format": "simple"})},
    ) == split(body)


def test_plain_values_have_no_rules():
    assert ({"a": [1, "b", None, True]}, {}, {}) == split({"a": [1, "b", None, True]})


def test_the_same_structure_twice_gives_equal_parts():
    def body():
        return {"a": match.each_like({"b": match.regex("[a-z]{5}"), "c": match.date()})}

    assert split(body()) == split(body())


def test_items_of_each_like_share_a_wildcard():
    parts = split({"a": match.each_like({"b": match.integer(1)}, min=2)})

    assert (
        Parts(
            {"a": [{"b": 1}, {"b": 1}]},
            {**at("$.a", Rule("type", {"min": 2})), **at("$.a[*].b", Rule("integer"))},
            {},
        )
        == parts
    )


@pytest.mark.parametrize(
    ("matcher", "count", "attributes"),
    [
        (match.each_like(1), 1, {"min": 1}),
        (match.each_like(1, 3), 3, {"min": 3}),
        (match.each_like(1, min=0), 1, {}),
        (match.each_like(1, min=0, max=3), 1, {"max": 3}),
        (match.each_like(1, max=3, examples=2), 2, {"max": 3}),
        (match.each_like(1, max=3), 1, {"max": 3}),
        (match.each_like(1, min=1, max=3), 1, {"min": 1, "max": 3}),
        (match.each_like(1, min=2, examples=5), 5, {"min": 2}),
    ],
)
def test_each_like_has_the_given_number_of_examples(matcher, count, attributes):
    assert ([1] * count, at("$", Rule("type", attributes)), {}) == split(matcher)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"min": -1}, "min -1 and max None are not valid"),
        ({"min": 3, "max": 2}, "min 3 and max 2 are not valid"),
        ({"min": 3, "examples": 2}, "at least 3, got 2"),
        ({"max": 3, "examples": 4}, "at least 1 and at most 3, got 4"),
        ({"min": 0, "examples": 0}, "at least 1, got 0"),
        ({"min": 0, "max": 0}, "at least 1 and at most 0, got 1"),
    ],
)
def test_each_like_with_impossible_lengths_is_refused(arguments, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        match.each_like(1, **arguments)


def test_arrays_nest():
    parts = split(match.each_like(match.each_like(match.regex("a", "a"))))

    assert (
        Parts(
            [["a"]],
            {
                **at("$", Rule("type", {"min": 1})),
                **at("$[*]", Rule("type", {"min": 1})),
                **at("$[*][*]", Rule("regex", {"regex": "a"})),
            },
            {},
        )
        == parts
    )


def test_matchers_of_one_place_are_joined_without_the_wider_type():
    assert (
        at("$", Rule("regex", {"regex": "a"}))
        == split(match.like(match.regex("a", "a"))).rules
    )
    assert (
        at("$", Rule("type", {"min": 1})) == split(match.like(match.each_like(1))).rules
    )
    assert (
        at("$", Rule("notEmpty"), TYPE) == split(match.not_empty(match.like("a"))).rules
    )
    assert at("$", TYPE) == split(match.like(match.like("a"))).rules


def test_array_contains_may_be_the_only_matcher_in_a_combination():
    variants = match.array_contains(match.integer(1))

    assert split(variants) == split(match.all_of(variants))
    assert split(variants) == split(match.like(variants))


def test_array_contains_gives_each_variant_its_own_rules():
    parts = split(
        {"l": match.array_contains({"n": match.integer(1)}, {"u": generate.uuid()}, 5)}
    )
    uuid_rule = {
        "match": "regex",
        "regex": generate.UUID_PATTERNS["lower-case-hyphenated"],
    }
    variants = [
        {
            "index": 0,
            "rules": {"$.n": {"combine": "AND", "matchers": [{"match": "integer"}]}},
            "generators": {},
        },
        {
            "index": 1,
            "rules": {"$.u": {"combine": "AND", "matchers": [uuid_rule]}},
            "generators": {"$.u": {"type": "Uuid"}},
        },
        {"index": 2, "rules": {}, "generators": {}},
    ]

    assert (
        Parts(
            {"l": [{"n": 1}, {"u": "e2490de5-5bd3-43d5-b7c4-526e33f71304"}, 5]},
            at("$.l", Rule("arrayContains", {"variants": variants})),
            {},
        )
        == parts
    )


def test_each_key_matches_the_keys():
    parts = split(match.each_key(match.regex("[a-z]+", "a"), {"x": match.like(1)}))
    regex = {"match": "regex", "regex": "[a-z]+"}

    assert (
        Parts(
            {"x": 1},
            {**at("$", Rule("eachKey", {"rules": [regex]})), **at("$.x", TYPE)},
            {},
        )
        == parts
    )


@pytest.mark.parametrize("example", [{"x": 1}, [1, 2]])
def test_each_value_matches_the_values(example):
    parts = split(match.each_value(match.integer(), example))

    assert (
        example,
        at("$", Rule("eachValue", {"rules": [{"match": "integer"}]})),
        {},
    ) == (parts)


def test_each_key_like_takes_structures_as_values():
    parts = split(match.each_key_like("x", {"n": match.integer(1)}))

    assert (
        Parts(
            {"x": {"n": 1}},
            {**at("$", Rule("values")), **at("$.*.n", Rule("integer"))},
            {},
        )
        == parts
    )


def test_each_key_like_may_match_the_keys_too():
    parts = split(match.each_key_like(match.regex("[a-z]", "x"), match.like(1)))
    regex = {"match": "regex", "regex": "[a-z]"}

    assert (
        Parts(
            {"x": 1},
            {
                **at("$", Rule("eachKey", {"rules": [regex]}), Rule("values")),
                **at("$.*", TYPE),
            },
            {},
        )
        == parts
    )


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (match.array_contains, "at least one variant"),
        (lambda: match.each_key("a", {}), r"each_key\(\) takes one matcher"),
        (
            lambda: match.each_key(match.regex("[a-z]", "a"), {"A": 1}),
            "Expected 'A' to match",
        ),
        (lambda: match.each_value(match.like({"a": match.like(1)}), {}), "one matcher"),
        (
            lambda: match.each_value(match.any_of(match.like(1), match.null()), {}),
            "one matcher",
        ),
        (lambda: match.each_value(match.integer(), {"a": "x"}), "to be an integer"),
        (
            lambda: match.each_value(match.integer(), [match.like(1)]),
            "plain values only",
        ),
        (
            lambda: match.each_key_like(match.like({}), 1),
            "a key must be a string, got {}",
        ),
    ],
)
def test_invalid_containers_are_refused(make, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        split(make())


# -- several rules ---------------------------------------------------------------------


def test_any_of_combines_rules_with_or():
    parts = split(match.any_of(match.string("a"), match.null(), match.like("b")))

    assert ("a", at("$", TYPE, Rule("null"), combine="OR"), {}) == parts


def test_all_of_combines_rules_with_and():
    matcher = match.all_of(
        match.like({"a": match.integer(1)}),
        match.each_key(match.regex("[a-z]", "a"), {"a": 1}),
        match.each_value(match.integer(), {"a": 1}),
    )
    regex = {"match": "regex", "regex": "[a-z]"}

    assert Parts(
        {"a": 1},
        {
            **at(
                "$",
                TYPE,
                Rule("eachKey", {"rules": [regex]}),
                Rule("eachValue", {"rules": [{"match": "integer"}]}),
            ),
            **at("$.a", Rule("integer")),
        },
        {},
    ) == split(matcher)


def test_the_first_of_several_may_be_any_kind_of_matcher():
    generated = match.all_of(generate.random_int(5, 9), match.number(1))
    nested = match.all_of(match.like(match.each_like(1)), match.not_empty([1]))

    assert Parts(
        5,
        at("$", Rule("integer"), Rule("number")),
        {"$": Generator("RandomInt", {"min": 5, "max": 9})},
    ) == split(generated)
    assert at("$", Rule("type", {"min": 1}), Rule("notEmpty")) == split(nested).rules
    assert [1] == match.example(nested)


def test_any_of_may_be_nested():
    matcher = match.any_of(match.any_of(match.like(1), match.null()), match.semver())

    assert at("$", TYPE, Rule("null"), Rule("semver"), combine="OR") == (
        split(matcher).rules
    )


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (match.any_of, "needs at least one"),
        (
            lambda: match.all_of(5),
            r"takes matchers, got 5; for a fixed value use equal_to",
        ),
        (
            lambda: match.any_of(match.like("a"), match.like({})),
            "cannot combine an array or object with a plain value",
        ),
        (
            lambda: match.any_of(
                match.null(), match.all_of(match.like("a"), match.not_empty("a"))
            ),
            "each matcher must have exactly one rule",
        ),
        (
            lambda: match.all_of(
                match.any_of(match.like(1), match.null()), match.like(1)
            ),
            "combined by AND or by OR, not both",
        ),
        (
            lambda: match.any_of(match.like({}), match.like({"a": match.like(1)})),
            "only the first matcher may contain",
        ),
        (
            lambda: match.any_of(match.array_contains(1), match.not_empty([1])),
            r"array_contains\(\) cannot be combined",
        ),
        (
            lambda: match.all_of(match.array_contains(1), match.not_empty([1])),
            r"all_of\(\): array_contains\(\) cannot be combined with other rules",
        ),
        (lambda: match.all_of(match.like(1), match.semver()), "semantic version"),
        (
            lambda: split(match.not_empty(match.any_of(match.like(1), match.null()))),
            r"\$: any_of\(\) cannot be combined with other rules",
        ),
        (
            lambda: match.any_of(match.null(), match.like(1)),
            r"compares with the example of the first matcher; put the one of 1 first",
        ),
        (
            lambda: match.any_of(match.like(1), match.string("a")),
            r"put the one of \"a\" first, or use a matcher of its own type",
        ),
    ],
)
def test_rules_that_cannot_be_combined_are_refused(make, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        make()


def test_like_may_be_around_any_of():
    inner = match.any_of(match.like(1), match.null())

    assert split(inner) == split(match.like(inner))
    assert split({"a": inner}).rules == {
        path: rules
        for path, rules in split(match.like({"a": inner})).rules.items()
        if path != "$"
    }


@pytest.mark.parametrize("codes", [(200, 201), (404, 200)])
def test_several_status_codes_are_a_list(codes):
    with pytest.raises(InvalidExpectation, match=r"as a list: \[\d+, \d+\]"):
        match.status_code(*codes)


def test_one_status_code_may_be_repeated_as_example():
    assert 200 == match.status_code(200, 200).value
    assert 201 == match.status_code([200, 201], 201).value


ADDRESSES = [
    "::",
    "::1",
    "1::",
    "2001:db8::8a2e:370:7334",
    "2001:0db8:0000:0000:0000:8a2e:0370:7334",
    "1:2:3:4:5:6:7:8",
    "::ffff:192.0.2.128",
    "64:ff9b::192.0.2.33",
    "1:2:3:4:5:6:192.0.2.1",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "FE80::ABCD",
]
NO_ADDRESSES = [
    "",
    ":",
    ":::",
    "1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "12345::",
    "g::1",
    "::256.0.0.1",
    "1:2:3:4:5:6:7:8::",
    "1:2:3:4:5:6:7:192.0.2.1",
    "fe80::1%eth0",
    "127.0.0.1",
]


@pytest.mark.parametrize("address", [*ADDRESSES, *NO_ADDRESSES])
def test_ipv6_accepts_the_addresses_that_python_accepts(address):
    try:
        is_valid = "%" not in address and bool(ipaddress.IPv6Address(address))
    except ValueError:
        is_valid = False
    accepts = address == "::" or is_valid

    assert accepts is (address in ADDRESSES)
    if accepts:
        match.ipv6(address)
    else:
        with pytest.raises(InvalidExpectation, match="does not match its own"):
            match.ipv6(address)


def test_ipv6_accepts_the_forms_of_many_addresses():
    source = random.Random(1)
    for _ in range(50):
        groups = [source.choice([0, 0, source.randrange(1 << 16)]) for _ in range(8)]
        address = ipaddress.IPv6Address(int("".join(f"{g:04x}" for g in groups), 16))
        match.ipv6(str(address))
        match.ipv6(address.exploded)


def test_http_date_accepts_the_preferred_format():
    match.http_date("Sat, 28 Nov 2026 23:59:60 GMT")
    for example in (
        "Sat, 28 Nov 2026 24:00:00 GMT",
        "Sat, 28 Nov 2026 23:00:00 UTC",
        "Saturday, 28-Nov-26 23:00:00 GMT",
        "28 Nov 2026 23:00:00 GMT",
        "Sat, 32 Nov 2026 23:00:00 GMT",
    ):
        with pytest.raises(InvalidExpectation, match="does not match its own"):
            match.http_date(example)


@pytest.mark.parametrize(
    ("items", "bounds", "problem"),
    [
        ([1, 2], {"max": 1}, "not valid for 2 items"),
        ([1], {"min": 3, "max": 2}, "min 3 and max 2 are not valid"),
        ([1], {"min": -1}, "min -1 and max None"),
    ],
)
def test_bounds_of_unordered_are_checked(items, bounds, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        match.unordered(items, **bounds)


def test_unordered_writes_the_rule_of_pact_jvm():
    parts = split(match.unordered([1, match.regex("a|b", "a")], min=2))

    assert [1, "a"] == parts.example
    assert (Rule("ignore-order", {"min": 2}),) == parts.rules["$"].rules
    assert (Rule("regex", {"regex": "a|b"}),) == parts.rules["$[1]"].rules
