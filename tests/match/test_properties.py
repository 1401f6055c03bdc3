"""Laws: an example matches its own rules, and equal structures give equal parts."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from pypact import generate, match
from pypact.generators import apply_to_response
from pypact.match.split import split
from pypact.matching import match_request, match_response
from pypact.model.body import Body
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction
from pypact.model.json import dump_json, parse_json

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
integers = st.integers(-(10**20), 10**20)
decimals = st.decimals(-1000, 1000, places=2).map(lambda d: Decimal(str(d)))
scalars = st.none() | st.booleans() | integers | decimals | texts
keys = st.text("abc.[]'* \\0", min_size=1, max_size=3)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=5,
)

leaves = st.one_of(
    scalars,
    scalars.map(match.like),
    json_values.map(match.like),
    json_values.map(match.equal_to),
    integers.map(match.integer),
    decimals.map(match.decimal),
    (integers | decimals).map(match.number),
    st.booleans().map(match.boolean),
    texts.map(match.string),
    texts.map(match.include),
    texts.filter(bool).map(match.not_empty),
    st.dates().map(match.date),
    st.times().map(match.time),
    st.datetimes().map(match.datetime),
    st.sampled_from(
        [
            match.null(),
            match.regex(r"[a-z]+\d{2}"),
            match.semver("1.2.3-rc.1"),
            match.uuid(),
            match.email(),
            match.ipv4(),
            match.url("http://localhost", "a", match.regex(r"\d", "1")),
            match.any_of(match.string("a"), match.null()),
            match.all_of(match.string("a"), match.not_empty("a")),
            generate.uuid("URN"),
            generate.random_int(3, 9),
            generate.random_decimal(5),
            generate.random_hexadecimal(4),
            generate.regex(r"x{3}\d*"),
            generate.date(),
            generate.datetime(),
            generate.random_boolean(),
            generate.from_provider_state("${id}", 5),
        ]
    ),
)


def _is_no_or(found):
    """Return whether `like` accepts the value; it cannot be combined with `any_of`."""
    return getattr(found, "combine", "AND") != "OR"


def containers(inner):
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
        st.builds(match.each_like, inner, st.integers(0, 3)),
        st.builds(match.each_like, inner, st.just(1), max=st.integers(1, 3)),
        st.lists(inner, min_size=1, max_size=3).map(lambda v: match.array_contains(*v)),
        st.builds(match.each_key_like, keys, inner),
        st.dictionaries(keys, inner, max_size=3).map(
            lambda found: match.each_key(match.regex("(?s).*", ""), found)
        ),
        st.dictionaries(keys, integers, max_size=3).map(
            lambda found: match.each_value(match.integer(), found)
        ),
        inner.filter(_is_no_or).map(match.like),
    )


structures = st.recursive(leaves, containers, max_leaves=12)


def response_of(structure):
    parts = split(structure)
    return Response(
        body=Body.of(dump_json(parts.example).encode()),
        rules={"body": parts.rules},
        generators={"body": parts.generators},
    )


@given(structures)
def test_an_example_matches_its_own_rules_on_both_sides(structure):
    response = response_of({"body": structure})
    request = Request("POST", body=response.body, rules=response.rules)
    interaction = HttpInteraction(description="x", request=request, response=response)
    content = response.body.content
    sent = Request.from_http("POST", "/", [], content)
    answered = Response.from_http(200, [], content)

    assert [] == [str(found) for found in match_request(interaction, sent)]
    assert [] == [str(found) for found in match_response(interaction, answered)]


@given(structures)
def test_a_generated_value_matches_the_rules(structure):
    expected = response_of({"body": structure})
    interaction = HttpInteraction(description="x", request=Request(), response=expected)
    context = {"id": 77, "mockServer": {"url": "http://mock:1"}}
    made = apply_to_response(expected, "consumer", context)
    actual = Response.from_http(200, [], made.body.content)

    assert [] == [str(found) for found in match_response(interaction, actual)]


@given(structures)
def test_a_structure_is_split_the_same_way_each_time(structure):
    assert split(structure) == split(structure)


@given(structures)
def test_an_example_is_unchanged_after_writing_and_reading(structure):
    example = match.example(structure)

    assert example == parse_json(dump_json(example))
