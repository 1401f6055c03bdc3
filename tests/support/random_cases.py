"""Generate random contracts, with random messages and requests similar to them.

All values are chosen from small vocabularies, so that they are often equal. No two rule
paths of a body with stars have the same rank, since the order of such paths is
undefined in other implementations.
"""

import json
import random
import string
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

SCALARS = [
    *(0, 1, 7, 100, -1, 1.0, 1.5, 100.0, True, False, None),
    *("", "a", "b", "abc", "100", "1.5", "true", "null", "2020-01-31", "10:30:00"),
    *("1.0.0", "a b", "ä", "x@y.z"),
]
KEYS = ["a", "b", "c", "id", "a b", "1"]
TEXTS = ["", "a", "b", "abc", "100", "1.5", "true", "2020-01-31", "1.0.0", "a,b"]
SIMPLE_RULES = [
    {"match": "equality"},
    {"match": "type"},
    {"match": "type"},
    {"match": "integer"},
    {"match": "decimal"},
    {"match": "number"},
    {"match": "boolean"},
    {"match": "null"},
    {"match": "notEmpty"},
    {"match": "semver"},
    {"match": "statusCode", "status": "success"},
    {"match": "regex", "regex": "\\d+"},
    {"match": "regex", "regex": "a|ab|abc"},
    {"match": "regex", "regex": ".*"},
    {"match": "regex", "regex": "^[a-z]*$"},
    {"match": "include", "value": "a"},
    {"match": "include", "value": "0"},
    {"match": "date", "format": "yyyy-MM-dd"},
    {"match": "time", "format": "HH:mm:ss"},
    {"match": "datetime", "format": "yyyy-MM-dd"},
]
ELEMENT_RULES = [
    {"match": "type"},
    {"match": "type"},
    {"match": "type", "min": 1},
    {"match": "type", "max": 1},
    {"match": "equality"},
    {"match": "notEmpty"},
]


class Cases:
    """A generator of random cases with one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, probability):
        return self.random.random() < probability

    def choose(self, choices):
        return self.random.choice(choices)

    # -- JSON --------------------------------------------------------------------------

    def json(self, depth=3):
        kind = self.random.random()
        if depth == 0 or kind < 0.35:
            return self.choose(SCALARS)
        if kind < 0.65:
            keys = sorted(self.random.sample(KEYS, self.random.randint(0, 3)))
            return {key: self.json(depth - 1) for key in keys}
        if kind < 0.8:
            example = self.json(depth - 1)
            return [self.vary(example) for _ in range(self.random.randint(1, 3))]
        return [self.json(depth - 1) for _ in range(self.random.randint(0, 3))]

    def vary(self, value, changes=0.25):
        """Return the same value, or one that differs in one or two places."""
        if isinstance(value, dict):
            found = {key: self.vary(item, changes) for key, item in value.items()}
            if found and self.chance(changes / 4):
                found.pop(self.choose(sorted(found)))
            if self.chance(changes / 4):
                found[self.choose(KEYS)] = self.json(1)
            return self.scalar_or(found, changes)
        if isinstance(value, list):
            found = [self.vary(item, changes) for item in value]
            if found and self.chance(changes / 3):
                found.append(self.vary(self.choose(found)))
            if found and self.chance(changes / 4):
                found.pop(self.random.randrange(len(found)))
            if self.chance(changes / 6):
                self.random.shuffle(found)
            return self.scalar_or(found, changes)
        if self.chance(changes):
            return self.choose(SCALARS) if self.chance(0.9) else self.json(1)
        return value

    def scalar_or(self, value, changes):
        return self.choose([*SCALARS, [], {}]) if self.chance(changes / 12) else value

    # -- rules -------------------------------------------------------------------------

    def rule(self, depth=2):
        kind = self.random.random()
        if kind < 0.6 or depth == 0:
            rules = (
                SIMPLE_RULES
                if depth > 0
                else [one for one in SIMPLE_RULES if one["match"] != "decimal"]
            )
            return dict(self.choose(rules))
        if kind < 0.75:
            lengths = self.choose(
                [{"min": 1}, {"min": 2}, {"max": 2}, {"min": 1, "max": 2}]
            )
            return {"match": "type", **lengths}
        if kind < 0.8:
            return {"match": "values"}
        if kind < 0.87:
            return {
                "match": "eachKey",
                "rules": [dict(self.choose(SIMPLE_RULES[10:14]))],
            }
        if kind < 0.94:
            return {"match": "eachValue", "rules": [dict(self.choose(SIMPLE_RULES))]}
        variants = [
            {
                "index": index,
                "rules": {
                    path: {"matchers": [dict(self.choose(SIMPLE_RULES))]}
                    for path in self.random.sample(
                        ["$", "$.*", "$.a", "$.id", "$[0]"], self.random.randint(0, 2)
                    )
                },
            }
            for index in range(self.random.randint(1, 2))
        ]
        return {"match": "arrayContains", "variants": variants}

    def rule_list(self, depth=2):
        count = 1 if self.chance(0.75) else 2
        rules = {"matchers": [self.rule(depth) for _ in range(count)]}
        if self.chance(0.5):
            rules["combine"] = self.choose(["AND", "OR"])
        return rules

    def value_rules(self):
        """Return rules of a list of strings, except DIFFERENT_FROM_CORE."""
        rules = self.rule_list(1)
        rules["matchers"] = [
            replace_rules(one, (*DIFFERENT_FROM_CORE, "eachValue"))
            for one in rules["matchers"]
        ]
        return rules

    def body_rules(self, paths, depth=2, *, indexes=True):
        found, ranks, with_stars = {}, set(), set()
        for _ in range(self.random.choice([0, 1, 1, 2, 2, 3, 4])):
            path = list(self.choose(paths))
            if self.chance(0.2):
                path = path[: self.random.randint(0, len(path))]
            path = [self.generalize(step) for step in path]
            if not indexes:
                path = [".*" if step in ("[*]", "[0]") else step for step in path]
            stars = sum(step in (".*", "[*]") for step in path)
            rank = 2 ** (1 + len(path) - stars) * (1 + len(path))
            if rank in (ranks if stars else with_stars):
                continue
            ranks.add(rank)
            with_stars |= {rank} if stars else set()
            found["$" + "".join(path)] = self.rule_list(depth)
        return found

    def element_rules(self, paths):
        """Return rules of XML; rules of values are at attributes and texts only.

        Left out, since pypact differs from the core: an index in a path, and a rule of
        values at an element.
        """
        rules = self.body_rules(paths, 0, indexes=False)
        for path, rule_list in rules.items():
            if not path.endswith(("#text']", "@id']", "@x']")):
                rule_list["matchers"] = [dict(self.choose(ELEMENT_RULES))]
        return rules

    def generalize(self, step):
        if self.chance(0.7):
            return step
        if step.startswith("[") and not step.startswith("['"):
            return self.choose(["[*]", "[*]", ".*", "[0]"])
        return (
            self.choose([".*", ".*", "[*]", ".nowhere"]) if self.chance(0.8) else step
        )

    # -- cases -------------------------------------------------------------------------

    def message(self):
        """Return a case of two messages."""
        content_type, expected, actual, rules = self.body()
        metadata = {"contentType": content_type}
        return {
            "kind": "message",
            "expected": {
                "description": "m",
                "contents": expected,
                "metadata": metadata,
                "matchingRules": {"body": rules} if rules else {},
            },
            "actual": {"description": "m", "contents": actual, "metadata": metadata},
        }

    def body(self):
        """Return (content type, expected body, actual body, rules)."""
        make = self.choose(
            [self.json_body] * 6
            + [self.xml_body] * 2
            + [self.form_body, self.text_body]
        )
        return make()

    def json_body(self):
        expected = self.json()
        if isinstance(expected, str):
            expected = [expected]
        actual = self.vary(expected, self.choose([0.0, 0.1, 0.3]))
        if isinstance(actual, str) or actual is None:
            actual = {"a": actual}
        rules = self.body_rules(list(json_paths(expected)))
        return "application/json", expected, actual, rules

    def xml_body(self):
        expected = self.element(3)
        actual = self.vary_element(expected, self.choose([0.0, 0.1, 0.3]))
        actual = (expected[0], *actual[1:])
        paths = list(element_paths(expected))
        rules = self.element_rules(paths)
        return "application/xml", xml_text(expected), xml_text(actual), rules

    def element(self, depth):
        attributes = {
            name: self.choose(TEXTS)
            for name in self.random.sample(["id", "x"], self.random.randint(0, 2))
        }
        children, text = [], ""
        if depth and self.chance(0.7):
            children = [
                self.element(depth - 1) for _ in range(self.random.randint(0, 3))
            ]
        else:
            text = self.choose(TEXTS)
        return (self.choose(["a", "b", "c"]), attributes, children, text)

    def vary_element(self, element, changes):
        name, attributes, children, text = element
        attributes = {
            key: self.choose(TEXTS) if self.chance(changes) else value
            for key, value in attributes.items()
        }
        if self.chance(changes / 4):
            attributes[self.choose(["id", "x"])] = "1"
        if attributes and self.chance(changes / 4):
            attributes.pop(self.choose(sorted(attributes)))
        children = [self.vary_element(child, changes) for child in children]
        if children and self.chance(changes / 2):
            children.append(self.vary_element(self.choose(children), changes))
        if children and self.chance(changes / 4):
            children.pop(self.random.randrange(len(children)))
        if self.chance(changes / 6):
            name = self.choose(["a", "b", "c"])
        return (
            name,
            attributes,
            children,
            self.choose(TEXTS) if not children and self.chance(changes) else text,
        )

    def form_body(self):
        expected = self.parameters()
        actual = self.vary_parameters(expected)
        paths = [(f".{name}",) for name in "abc"] + [
            (f".{name}", "[0]") for name in "abc"
        ]
        rules = self.body_rules(paths, 1)
        for rule_list in rules.values():
            rule_list["matchers"] = [
                replace_rules(one, DIFFERENT_FROM_CORE) for one in rule_list["matchers"]
            ]
        return FORM, encoded(expected), encoded(actual), rules

    def text_body(self):
        expected = self.choose(TEXTS[1:])
        actual = expected if self.chance(0.5) else self.choose(TEXTS[1:])
        rules = {"$": self.rule_list(0)} if self.chance(0.6) else {}
        return "text/plain", expected, actual, rules

    def parameters(self):
        names = self.random.sample("abc", self.random.randint(1, 3))
        return {
            name: [self.choose(TEXTS) for _ in range(self.choose([1, 1, 1, 2, 3]))]
            for name in names
        }

    def vary_parameters(self, expected):
        found = {}
        for name, values in expected.items():
            if self.chance(0.05):
                continue
            near = [
                self.choose(TEXTS) if self.chance(0.2) else value for value in values
            ]
            if self.chance(0.15) and any(near):
                near.append(self.choose([value for value in near if value]))
            if len(near) > 1 and self.chance(0.15):
                near.pop()
            found[name] = near
        if self.chance(0.05):
            found[self.choose("abc")] = ["a"]
        return found

    def request(self):
        """Return a case of two requests."""
        query = self.parameters() if self.chance(0.6) else {}
        headers = (
            {f"X-{name}": values for name, values in self.parameters().items()}
            if self.chance(0.6)
            else {}
        )
        if self.chance(0.3):
            headers["Accept"] = self.choose(ACCEPTS)
        rules = {}
        for category, names in (("query", list(query)), ("header", list(headers))):
            for name in names:
                if self.chance(0.4):
                    rules.setdefault(category, {})[name] = self.value_rules()
        body = actual_body = None
        actual_headers = [
            (name, value)
            for name, values in self.vary_parameters(headers).items()
            for value in values
        ]
        if self.chance(0.6):
            content_type, expected, actual, body_rules = self.body()
            body = serialize_body(content_type, expected)
            actual_body = serialize_body(content_type, actual)
            headers["Content-Type"] = [self.content_type_header(content_type)]
            actual_headers.append(
                ("Content-Type", self.content_type_header(content_type))
            )
            if body_rules:
                rules["body"] = body_rules
        return {
            "kind": "request",
            "expected": {
                "method": "POST",
                "path": "/p",
                "query": query,
                "headers": headers,
                "body": body,
                "matchingRules": rules,
            },
            "actual": {
                "method": "POST",
                "target": target("/p", self.vary_parameters(query)),
                "headers": actual_headers,
                "body": actual_body,
            },
        }

    def content_type_header(self, content_type):
        return content_type if self.chance(0.9) else f"{content_type}; charset=utf-8"


def replace_rules(rule, names):
    """Replace a rule, or rules nested in it, by `type` if it has one of the names."""
    inner = [replace_rules(one, names) for one in rule.get("rules", [])]
    if rule["match"] in names:
        return {"match": "type"}
    return {**rule, "rules": inner} if inner else rule


def json_paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            step = f".{key}" if set(key) <= set(string.ascii_letters) else f"['{key}']"
            yield from json_paths(item, (*path, step))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from json_paths(item, (*path, f"[{index}]"))


def element_paths(element, path=()):
    name, attributes, children, _ = element
    path = (*path, f".{name}")
    yield path
    yield (*path, "['#text']")
    for attribute in attributes:
        yield (*path, f"['@{attribute}']")
    for child in children:
        yield from element_paths(child, path)


def xml_text(element):
    name, attributes, children, text = element
    inside = "".join(map(xml_text, children)) + escape(text)
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{inside}</{name}>"


def encoded(parameters):
    return "&".join(
        f"{name}={quote(value)}"
        for name, values in parameters.items()
        for value in values
    )


def target(path, parameters):
    return f"{path}?{encoded(parameters)}" if parameters else path


def serialize_body(content_type, body):
    is_json = content_type == "application/json"
    return json.dumps(body, ensure_ascii=False) if is_json else body


# Rules of strings for which pypact intentionally differs from the core.
DIFFERENT_FROM_CORE = ("decimal", "arrayContains")
FORM = "application/x-www-form-urlencoded"
ACCEPTS = [
    ["application/json"],
    ["application/json", "text/plain"],
    ["text/html;level=1"],
    ["text/html;level=1;q=0.5", "*/*"],
]
