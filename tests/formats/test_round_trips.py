"""Reading what was written gives an equal contract, in every version."""

import string
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pypact.errors import NotExpressible
from pypact.formats import read_pact
from pypact.formats.pact import find_format
from pypact.formats.store import InteractionTextCache, render_contract
from pypact.matching import match_response
from pypact.model.body import (
    EMPTY_BODY,
    MISSING_BODY,
    NULL_BODY,
    Body,
    parse_content_type,
)
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import (
    AsyncMessage,
    Contract,
    HttpInteraction,
    Message,
    ProviderState,
    SyncMessage,
)
from pypact.model.interactions import SpecificationVersion as Version
from pypact.model.json import dump_json, parse_json
from pypact.model.rules import Generator, Rule, RuleList

JSON = parse_content_type("application/json")
TEXT = parse_content_type("text/plain")
PNG = parse_content_type("image/png")


def arranged(value):
    """Sort the keys of a value, as in a pact file."""
    if isinstance(value, dict):
        return {key: arranged(value[key]) for key in sorted(value)}
    return [arranged(one) for one in value] if isinstance(value, list) else value


names = st.text(string.ascii_letters + "ä_- ", min_size=1, max_size=6).map(str.strip)
names = names.filter(bool)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(10**20), 10**20) | st.decimals(
    -1000, 1000, allow_nan=False, allow_infinity=False, places=2
)
scalars = st.none() | st.booleans() | numbers | texts
jsons = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=6,
)
objects = st.dictionaries(names, jsons, max_size=3)
json_bodies = jsons.filter(lambda value: value is not None).map(
    lambda value: Body.of(dump_json(arranged(value)).encode(), JSON)
)
plain_texts = st.text(string.printable, min_size=1, max_size=8).map(
    lambda text: Body.of(text.encode(), TEXT)
)
binaries = st.binary(min_size=1, max_size=8).map(lambda content: Body.of(content, PNG))
bodies = (
    st.sampled_from([MISSING_BODY, NULL_BODY, EMPTY_BODY])
    | json_bodies
    | plain_texts
    | binaries
)

rules = st.sampled_from(
    [
        Rule("type"),
        Rule("type", {"min": 1}),
        Rule("regex", {"regex": r"\d+"}),
        Rule("integer"),
        Rule("date", {"format": "yyyy"}),
        Rule("equality"),
        Rule("eachKey", {"rules": [{"match": "regex", "regex": "a"}]}),
        Rule("somebodys", {"a": [1, {"b": None}]}),
    ]
)
rule_lists = st.builds(
    RuleList,
    st.lists(rules, min_size=1, max_size=2).map(tuple),
    st.sampled_from(["AND", "OR"]),
)
body_paths = st.sampled_from(["$", "$.a", "$.a[*].b", "$['a b'].*", "$[0]"])
old_rules = st.builds(lambda rule: RuleList((rule,)), rules)
generators = st.sampled_from(
    [
        Generator("RandomInt", {"min": 1, "max": 5}),
        Generator("Uuid"),
        Generator("ProviderState", {"expression": "${a}", "dataType": "STRING"}),
        Generator("Somebodys", {"x": 1}),
    ]
)
states = st.lists(
    st.builds(ProviderState, names, objects), max_size=2, unique_by=lambda one: one.name
).map(tuple)
header_values = st.text(string.ascii_letters + "/;=", min_size=1, max_size=6)


def categories(lists, keyed):
    """Build rules or generators by category; those in `keyed` have names as keys."""
    found = {
        name: (
            st.dictionaries(body_paths, lists, min_size=1, max_size=2)
            if name == "body"
            else st.dictionaries(names, lists, min_size=1, max_size=2)
        )
        for name in keyed
    }
    return st.fixed_dictionaries({}, optional=found)


@st.composite
def headers(draw, body, *, several):
    count = 2 if several else 1
    values = st.lists(header_values, min_size=1, max_size=count)
    lines = [
        (f"X-{name}", value)
        for name in draw(st.lists(st.sampled_from("ABC"), max_size=2, unique=True))
        for value in draw(values)
    ]
    if body.content_type is not None:
        lines.append(("Content-Type", str(body.content_type)))
    return Headers.from_lines(lines)


@st.composite
def queries(draw, *, ordered):
    values = st.lists(st.none() | texts, min_size=1, max_size=2)
    pairs = draw(st.dictionaries(texts.filter(bool), values, max_size=2))
    if not pairs:
        return Query()
    query = Query((name, tuple(found)) for name, found in pairs.items())
    # An ordered query is compared by its original string.
    return Query.from_text(query.encoded(), ordered=True) if ordered else query


@st.composite
def http_interactions(draw, version):
    new, old = version >= Version.V3, version < Version.V3
    lists = rule_lists if new else old_rules
    keyed = ("header", "query", "body")
    request_body, response_body = draw(bodies), draw(bodies)
    may_rule = version >= Version.V2
    generated = categories(generators, keyed) if new else st.just({})
    request = Request(
        method=draw(st.sampled_from(["GET", "POST"])),
        path=draw(st.sampled_from(["/", "", "/a/b", "/ä%20"])),
        query=draw(queries(ordered=version is Version.V1)),
        headers=draw(headers(request_body, several=version is Version.V4)),
        body=request_body,
        rules=draw(categories(lists, keyed)) if may_rule else {},
        generators=draw(generated),
    )
    response = Response(
        status=draw(st.integers(100, 599)),
        headers=draw(headers(response_body, several=version is Version.V4)),
        body=response_body,
        rules=draw(categories(lists, ("header", "body"))) if may_rule else {},
        generators=draw(generated if new else st.just({})),
    )
    old_state = st.lists(st.builds(ProviderState, names), max_size=1).map(tuple)
    return HttpInteraction(
        description="",
        states=draw(old_state if old else states),
        request=request,
        response=response,
        **(draw(of_v4) if version is Version.V4 else {}),
    )


filled = jsons.filter(lambda value: value not in (None, "", [], {}))
of_v4 = st.fixed_dictionaries(
    {},
    optional={
        "key": names,
        "pending": st.booleans(),
        "comments": st.fixed_dictionaries(
            {}, optional={"text": st.lists(names, min_size=1), "own": filled}
        ),
        "markup": st.just({"markup": "# a", "markupType": "COMMON_MARK"}),
        "transport": names,
        "plugin_configuration": st.dictionaries(names, objects, max_size=1),
    },
)
messages = st.builds(
    Message,
    contents=bodies,
    metadata=objects,
    rules=categories(rule_lists, ("metadata", "body")),
    generators=categories(generators, ("metadata", "body")),
)


@st.composite
def contracts(draw, version, kinds):
    found = draw(st.lists(st.one_of(kinds), max_size=3))
    interactions = [
        replace(one, description=f"interaction {index}")
        for index, one in enumerate(found)
    ]
    return Contract(
        draw(names), draw(names), tuple(interactions), draw(objects), version
    )


def declared(message):
    """Put the content type of a v3 message into its metadata."""
    if message.contents.content_type is None:
        return message
    content_type = str(message.contents.content_type)
    metadata = {**message.metadata, "contentType": content_type}
    return replace(message, metadata=metadata)


def async_messages(version):
    more = of_v4 if version is Version.V4 else st.just({})
    return st.builds(
        lambda message, states, more: AsyncMessage(
            description="",
            message=message if version is Version.V4 else declared(message),
            states=states,
            **more,
        ),
        messages,
        states,
        more,
    )


sync_messages = st.builds(
    lambda request, responses, more: SyncMessage(
        description="", request=request, responses=tuple(responses), **more
    ),
    messages,
    st.lists(messages, max_size=2),
    of_v4,
)
KINDS = [
    *(
        (version, [http_interactions(version)])
        for version in (Version.V1, Version.V1_1, Version.V2, Version.V3)
    ),
    (Version.V3, [async_messages(Version.V3)]),
    (
        Version.V4,
        [http_interactions(Version.V4), async_messages(Version.V4), sync_messages],
    ),
]


def again(contract):
    """Write a contract as text and read it again."""
    text = render_contract(
        contract, InteractionTextCache(find_format(contract.version))
    )
    return read_pact(parse_json(text.encode()))


@pytest.mark.parametrize(
    ("version", "kinds"),
    KINDS,
    ids=["v1", "v1.1", "v2", "v3", "v3-messages", "v4"],
)
@pytest.mark.filterwarnings("ignore::pypact.errors.PactWarning")
@pytest.mark.filterwarnings("ignore::pypact.errors.ToleranceWarning")
def test_reading_what_was_written_gives_an_equal_contract(version, kinds):
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(contracts(version, kinds))
    def check(contract):
        found = again(contract)

        assert contract.interactions == found.interactions
        assert (contract.consumer, contract.provider) == (
            found.consumer,
            found.provider,
        )
        assert contract.version == found.version
        assert {**found.metadata, **contract.metadata} == dict(found.metadata)
        assert found == again(found)

    check()


LOWER_VERSIONS = [
    (Version.V4, Version.V3),
    (Version.V3, Version.V2),
    (Version.V2, Version.V1),
]


@pytest.mark.parametrize(("version", "lower"), LOWER_VERSIONS, ids=str)
@pytest.mark.filterwarnings("ignore::pypact.errors.PactWarning")
@pytest.mark.filterwarnings("ignore::pypact.errors.ToleranceWarning")
def test_writing_an_older_version_loses_nothing_silently(version, lower):
    """Either the older version can express the contract, or an error names the part."""

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(contracts(version, [http_interactions(version)]))
    def check(contract):
        try:
            text = render_contract(contract, InteractionTextCache(find_format(lower)))
        except NotExpressible as error:
            assert str(error.part)  # noqa: PT017 -- either way is right
            return
        found = read_pact(parse_json(text.encode()))
        kept = [meaning(one) for one in contract.interactions]

        assert kept == [meaning(one) for one in found.interactions]

    check()


def meaning(interaction):
    """Return what must be equal on both sides."""
    request, response = interaction.request, interaction.response
    return (
        interaction.description,
        interaction.states,
        (request.method, request.path, dict(request.query.items())),
        (request.headers, request.body, request.rules, request.generators),
        (response.status, response.headers, response.body, response.rules),
        response.generators,
    )


few_names = st.sampled_from(["c", "a", "b"])
few_jsons = st.recursive(
    st.sampled_from([1, 2, parse_json("1.0"), "x", "1", None, True]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(few_names, inner, max_size=3)
    ),
    max_leaves=5,
)
judged_rules = st.lists(
    st.sampled_from(
        [
            Rule("type"),
            Rule("type", {"min": 1}),
            Rule("values"),
            Rule("eachValue", {"rules": [{"match": "type"}]}),
            Rule("eachKey", {"rules": [{"match": "regex", "regex": "a|b"}]}),
            Rule("integer"),
            Rule("equality"),
            Rule("regex", {"regex": "x|1"}),
        ]
    ),
    min_size=1,
    max_size=2,
).map(lambda found: RuleList(tuple(found)))
judged_paths = st.sampled_from(
    ["$", "$.*", "$.a", "$.b", "$.*.a", "$.b.*", "$.a.*", "$.a[*]", "$['a']", "$[*]"]
)
judged_headers = st.sampled_from(["X-A", "x-a"])


@pytest.mark.parametrize("version", [Version.V2, Version.V3, Version.V4], ids=str)
@pytest.mark.filterwarnings("ignore::pypact.errors.PactWarning")
def test_writing_does_not_change_a_verdict(version):
    few_rules = judged_rules
    if version is Version.V2:  # it has one rule in each place
        few_rules = judged_rules.map(lambda found: RuleList(found.rules[:1]))

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        database=None,
    )
    @given(
        few_jsons.filter(lambda value: value is not None),
        few_jsons,
        st.dictionaries(judged_paths, few_rules, max_size=4),
        st.dictionaries(judged_headers, few_rules, max_size=2),
    )
    def check(expected, actual, body_rules, header_rules):
        response = Response(
            headers=Headers([("Content-Type", [str(JSON)]), ("X-A", ["y"])]),
            body=Body.of(dump_json(expected).encode(), JSON),
            rules={"body": body_rules, "header": header_rules},
        )
        interaction = HttpInteraction(
            description="d", request=Request(), response=response
        )
        contract = Contract("Web", "Users", (interaction,), {}, version)
        (found,) = again(contract).interactions
        answers = [
            Response.from_http(
                200,
                [("Content-Type", str(JSON)), ("X-A", value)],
                dump_json(actual).encode(),
            )
            for value in ("1", "z")
        ]

        assert [not match_response(interaction, answer) for answer in answers] == [
            not match_response(found, answer) for answer in answers
        ]

    check()
