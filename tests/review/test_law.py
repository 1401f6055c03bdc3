"""Each response that fulfils the old contract fulfils a new one if that is harmless."""

import json
import random

import pytest
from interactions import build_pact, matchers

import pypact
from pypact.review import compare_contracts
from pypact.rules.scalars import is_same_type

LEAVES = ["", "5", "x", "2020-01-01", "1.2.3", 0, 7, 1.5, True, False, None]
RULES = [
    {"match": "type"},
    {"match": "regex", "regex": r"\d+"},
    {"match": "regex", "regex": ".*"},
    {"match": "include", "value": "."},
    {"match": "include", "value": ".2"},
    {"match": "integer"},
    {"match": "decimal"},
    {"match": "number"},
    {"match": "boolean"},
    {"match": "null"},
    {"match": "date", "format": "yyyy-MM-dd"},
    {"match": "semver"},
    {"match": "notEmpty"},
    {"match": "equality"},
    {"match": "type", "min": 1},
    {"match": "type", "min": 2, "max": 3},
    {"match": "eachValue", "rules": [{"match": "type"}]},
    {"match": "eachKey", "rules": [{"match": "regex", "regex": "[a-c]"}]},
    {"match": "values"},
    {"match": "ignore-order"},
    {"match": "arrayContains", "variants": [{"index": 0}]},
]
PATHS = [
    "$",
    "$.a",
    "$.b",
    "$.*",
    "$.a[*]",
    "$[*]",
    "$[0]",
    "$.a[*].b",
    "$.a.b",
    "$[*].a",
]


def make_value(source, depth=0):
    kind = source.random()
    if depth > 2 or kind < 0.5:
        return source.choice(LEAVES)
    if kind < 0.8:
        return {key: make_value(source, depth + 1) for key in source.sample("abc", 2)}
    return [make_value(source, depth + 1) for _ in range(source.randint(0, 2))]


def make_rules(source):
    return {
        path: matchers(
            *source.sample(RULES, source.choice([1, 1, 1, 2])),
            combine=source.choice(["AND", "AND", "OR"]),
        )
        for path in source.sample(PATHS, source.randint(0, 3))
    }


def mutate(source, value):
    """Return the value with a random change at a random place."""
    if isinstance(value, dict) and value and source.random() < 0.8:
        key = source.choice(sorted(value))
        if source.random() < 0.2:
            return {**value, "z": source.choice(LEAVES)}
        return {**value, key: mutate(source, value[key])}
    if isinstance(value, list) and value and source.random() < 0.8:
        index = source.randrange(len(value))
        if source.random() < 0.3:
            return [*value, mutate(source, value[index])]
        return [*value[:index], mutate(source, value[index]), *value[index + 1 :]]
    return make_value(source, 2)


def make_contract(content, rules):
    part = {
        "body": {"content": content, "contentType": "application/json"},
        "matchingRules": {"body": rules},
    }
    return pypact.read_pact(build_pact("4.0", response=part))


def accepts(contract, content):
    headers = [("Content-Type", "application/json")]
    actual = pypact.Response.from_http(200, headers, json.dumps(content).encode())
    return not pypact.match_response(contract.interactions[0], actual)


def has_types_of(example, value):
    """Return whether the values have the JSON types of the example, as documented."""
    if isinstance(example, dict) and isinstance(value, dict):
        pairs = [(example[key], value[key]) for key in example.keys() & value.keys()]
    elif isinstance(example, list) and isinstance(value, list):
        first = example[:1] * len(value)
        pairs = list(zip([*example, *first[len(example) :]], value, strict=False))
    else:
        return is_same_type(example, value)
    return all(has_types_of(*pair) for pair in pairs)


def check_pairs(seed, count):
    source = random.Random(seed)
    checked = 0
    for _ in range(count):
        example, rules = make_value(source), make_rules(source)
        new_example = example if source.random() < 0.5 else mutate(source, example)
        new_rules = {**rules, **make_rules(source)}
        for path in source.sample(sorted(new_rules), min(1, len(new_rules))):
            if source.random() < 0.5:
                del new_rules[path]
        old, new = make_contract(example, rules), make_contract(new_example, new_rules)
        changes = compare_contracts(old, new)
        if any(one.needs_provider for one in changes):
            continue
        samples = [example, new_example]
        for _ in range(20):
            samples.append(mutate(source, source.choice(samples)))
        for sample in samples:
            if has_types_of(example, sample) and accepts(old, sample):
                checked += 1
                shown = example, rules, new_example, new_rules, sample
                assert accepts(new, sample), (shown, [one.text for one in changes])
    return checked


def test_what_the_old_contract_accepts_is_accepted_after_harmless_changes():
    assert check_pairs(seed=1, count=150) > 100


@pytest.mark.slow
def test_harmless_changes_are_harmless_in_many_contracts():
    assert check_pairs(seed=2, count=5000) > 3000
