"""Clients in eleven styles, each with the fields that it needs and does not need.

`tests/pytest_plugin/test_proving_clients.py` proves them. What must be reported was
written down from reading each client, before it was run.
"""

# Styles: for each client its name, the response body, the client, what the test asserts
# of `read(response)`, and the findings expected.
STYLES = {
    "pydantic": [
        (
            "model with all members",
            '{"id": match.integer(7), "name": match.string("Al"), "age": 30}',
            """
class User(pydantic.BaseModel):
    id: int
    name: str
    age: int | None = None

def read(response):
    user = User.model_validate_json(response.text)
    return f"{user.name}#{user.id}"
""",
            '"#" in found',
            [("$.age", "unneeded")],
        ),
        (
            "strict model and a rule for any number",
            '{"count": match.number(3), "unit": match.string("kg"), "note": "x"}',
            """
class Amount(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    count: int
    unit: str

def read(response):
    return Amount.model_validate(response.json())
""",
            "found.count == 3",
            [("$.count", "type"), ("$.note", "unneeded")],
        ),
        (
            "constrained string",
            '{"code": match.string("DE"), "flag": match.boolean(True)}',
            """
class Country(pydantic.BaseModel):
    code: str = pydantic.Field(min_length=1)
    flag: bool = False

def read(response):
    return Country(**response.json())
""",
            "found.code",
            [("$.code", "empty"), ("$.flag", "unneeded")],
        ),
    ],
    "dataclasses": [
        (
            "keyword arguments",
            '{"x": match.decimal(1.5), "y": match.decimal(2.5)}',
            """
@dataclasses.dataclass
class Point:
    x: float
    y: float

def read(response):
    return Point(**response.json())
""",
            "found.x == 1.5",
            # `y` may be null or a string, but not absent.
            [],
        ),
        (
            "selected members",
            '{"x": 1, "y": 2, "label": "here", "meta": {"by": "al", "at": "now"}}',
            """
@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int

def read(response):
    data = response.json()
    names = {one.name for one in dataclasses.fields(Point)}
    return Point(**{name: data[name] for name in data if name in names})
""",
            "found.x + found.y == 3",
            [("$.label", "unneeded"), ("$.meta", "unneeded")],
        ),
        (
            "defaults",
            '{"host": "a.example", "port": 80, "secure": False}',
            """
@dataclasses.dataclass
class Address:
    host: str
    port: int = 80
    secure: bool = True

def read(response):
    return Address(**response.json())
""",
            'found == Address("a.example", 80, False)',
            [("$.port", "unneeded")],
        ),
    ],
    "access to members": [
        (
            "nested",
            '{"user": {"name": "Al", "mail": "a@x.example"}, "links": {"self": "/u"}}',
            """
def read(response):
    return response.json()["user"]["mail"].split("@")[1]
""",
            'found == "x.example"',
            [("$.user.name", "unneeded"), ("$.links", "unneeded")],
        ),
        (
            "member of each element",
            '{"items": match.each_like({"sku": match.string("A"), "qty": 2}), "n": 1}',
            """
def read(response):
    return [one["sku"].lower() for one in response.json()["items"]]
""",
            "all(isinstance(one, str) for one in found)",
            [("$.items[*].qty", "unneeded"), ("$.n", "unneeded")],
        ),
        (
            "first element",
            '{"items": match.each_like({"sku": match.string("A1")}, min=0)}',
            """
def read(response):
    return response.json()["items"][0]["sku"]
""",
            "isinstance(found, str)",
            [("$.items", "empty")],
        ),
    ],
    "get with a default": [
        (
            "default equal to the example",
            '{"limit": 10, "offset": 20}',
            """
def read(response):
    data = response.json()
    return data.get("limit", 10), data.get("offset", 0)
""",
            "found == (10, 20)",
            [("$.limit", "unneeded")],
        ),
        (
            "default object",
            '{"name": "Al", "address": {"city": "Rome", "zip": "1"}}',
            """
def read(response):
    data = response.json()
    return data["name"], data.get("address", {}).get("city", "Rome")
""",
            'found == ("Al", "Rome")',
            # Without the whole address the test passes as well.
            [("$.address", "unneeded")],
        ),
        (
            "default for display",
            '{"title": match.string("T"), "subtitle": match.string("S")}',
            """
def read(response):
    data = response.json()
    return data["title"] + " " + data.get("subtitle", "")
""",
            'found.startswith("T")',
            [("$.subtitle", "unneeded")],
        ),
    ],
    "truth of a value": [
        (
            "flag",
            '{"active": True, "admin": False, "name": "Al"}',
            """
def read(response):
    data = response.json()
    if not data["active"]:
        raise RuntimeError("inactive")
    return "admin" if data.get("admin") else "user"
""",
            'found == "user"',
            [("$.admin", "unneeded"), ("$.name", "unneeded")],
        ),
        (
            "list that is not empty",
            '{"errors": [], "rows": match.each_like(1, min=0), "took": 4}',
            """
def read(response):
    data = response.json()
    if data["errors"]:
        raise RuntimeError(data["errors"])
    if not data["rows"]:
        raise LookupError("no rows")
    return sum(data["rows"])
""",
            "found >= 0",
            [("$.rows", "empty"), ("$.took", "unneeded")],
        ),
        (
            "present or not",
            '{"next": match.string("/p2"), "prev": match.string("/p0")}',
            """
def read(response):
    data = response.json()
    return [name for name in ("next",) if data.get(name)]
""",
            'found == ["next"]',
            [("$.next", "empty"), ("$.prev", "unneeded")],
        ),
    ],
    "formatting": [
        (
            "format specification",
            '{"price": match.number(5), "currency": match.string("EUR"), "vat": 1}',
            """
def read(response):
    data = response.json()
    return f"{data['price']:05d} {data['currency']}"
""",
            'found.endswith("EUR")',
            [("$.price", "type"), ("$.vat", "unneeded")],
        ),
        (
            "format_map of a template",
            '{"first": "Al", "last": "B", "middle": "C"}',
            """
def read(response):
    return "{first} {last}".format_map(response.json())
""",
            'found == "Al B"',
            [("$.middle", "unneeded")],
        ),
        (
            "float format takes any number",
            '{"price": match.number(5), "stock": match.number(2)}',
            """
def read(response):
    return "%.2f" % response.json()["price"]
""",
            'found == "5.00"',
            [("$.stock", "unneeded")],
        ),
    ],
    "arithmetic": [
        (
            "sum of two members",
            '{"net": match.number(10), "tax": match.number(2), "gross": 12}',
            """
def read(response):
    data = response.json()
    return data["net"] + data["tax"]
""",
            "found == 12",
            [("$.gross", "unneeded")],
        ),
        (
            "index in a table",
            '{"level": match.number(1), "labels": ["low", "mid", "high"]}',
            """
def read(response):
    data = response.json()
    return data["labels"][data["level"]]
""",
            'found == "mid"',
            [("$.level", "type")],
        ),
        (
            "multiplied by zero",
            '{"factor": 0, "value": 8, "unit": "m"}',
            """
def read(response):
    data = response.json()
    return data["factor"] * data["value"]
""",
            "found == 0",
            [("$.unit", "unneeded")],
        ),
    ],
    "iteration and sorting": [
        (
            "sorted by a member",
            '{"rows": [{"n": 2, "t": "b", "z": 0}, {"n": 1, "t": "a", "z": 0}]}',
            """
def read(response):
    rows = sorted(response.json()["rows"], key=lambda one: one["n"])
    return [one["t"] for one in rows]
""",
            'found == ["a", "b"]',
            [("$.rows[*].z", "unneeded")],
        ),
        (
            "names and values",
            '{"totals": {"a": 1, "b": 2}, "generated": "now"}',
            """
def read(response):
    return max(response.json()["totals"].items(), key=lambda one: one[1])[0]
""",
            'found == "b"',
            # Without `a`, the greatest is still `b`.
            [("$.totals.a", "unneeded"), ("$.generated", "unneeded")],
        ),
        (
            "number of elements",
            'match.each_like({"id": match.integer(1)}, min=2)',
            """
def read(response):
    return sum(1 for _ in response.json())
""",
            "found == 2",
            [("$[*]", "unneeded")],
        ),
    ],
    "recursion and optional chaining": [
        (
            "tree",
            '{"v": 1, "kids": [{"v": 2, "kids": [], "c": "x"}], "c": "y"}',
            """
def read(response):
    def total(node):
        return node["v"] + sum(map(total, node["kids"]))
    return total(response.json())
""",
            "found == 3",
            [("$.kids[*].c", "unneeded"), ("$.c", "unneeded")],
        ),
        (
            "chain of optional members",
            '{"a": {"b": {"c": "deep", "d": 1}}, "e": None}',
            """
def read(response):
    found = response.json()
    for name in ("a", "b", "c"):
        found = (found or {}).get(name)
    return found
""",
            'found == "deep"',
            [("$.a.b.d", "unneeded"), ("$.e", "unneeded")],
        ),
        (
            "search for a key at any depth",
            '{"x": [{"y": {"token": "t1", "ttl": 5}}], "z": {"ttl": 6}}',
            """
def read(response):
    def search(value):
        if isinstance(value, dict):
            if "token" in value:
                return value["token"]
            value = list(value.values())
        if isinstance(value, list):
            return next(filter(None, map(search, value)), None)
    return search(response.json())
""",
            'found == "t1"',
            [("$.x[*].y.ttl", "unneeded"), ("$.z", "unneeded")],
        ),
    ],
    "None and regular expressions": [
        (
            "compared with None",
            '{"deleted": None, "owner": match.string("al"), "hint": "h"}',
            """
def read(response):
    data = response.json()
    if data["deleted"] is not None or data["owner"] is None:
        raise LookupError("gone")
    return True
""",
            "found",
            [("$.hint", "unneeded")],
        ),
        (
            "regular expression over a string",
            '{"version": match.string("v1.2.3"), "build": match.string("77")}',
            """
def read(response):
    return re.match(r"v(\\d+)", response.json()["version"]).group(1)
""",
            'found == "1"',
            [("$.version", "empty"), ("$.build", "unneeded")],
        ),
        (
            "whole number in a string",
            '{"id": match.number(23), "etag": match.string("e")}',
            """
def read(response):
    data = response.json()
    return re.fullmatch(r"\\d+", str(data["id"])) and int(data["id"])
""",
            "found == 23",
            [("$.id", "type"), ("$.etag", "unneeded")],
        ),
    ],
    "forms of values": [
        (
            "integer of a lenient parser",
            '{"id": match.number(23), "note": match.string("x")}',
            """
class Item(pydantic.BaseModel):
    id: int

def read(response):
    return Item(**response.json()).id
""",
            "found > 0",
            [("$.id", "type"), ("$.note", "unneeded")],
        ),
        (
            "second element",
            '{"rows": match.each_like(match.integer(1), examples=2)}',
            """
def read(response):
    return response.json()["rows"][1] + 0
""",
            "found",
            [("$.rows", "shorter")],
        ),
        (
            "date if there is one",
            '{"at": match.string("2020-01-31T10:00:00"), "by": match.string("Al")}',
            """
def read(response):
    at = response.json()["at"]
    return datetime.datetime.fromisoformat(at) if at else None
""",
            "found is None or found.year",
            [("$.at", "form"), ("$.by", "unneeded")],
        ),
        (
            "one of some words",
            '{"color": match.string("red")}',
            """
class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"

def read(response):
    return Color(response.json()["color"])
""",
            "found",
            [],
        ),
        (
            "boolean and nothing else",
            '{"ok": match.boolean(True)}',
            """
def read(response):
    ok = response.json()["ok"]
    if not isinstance(ok, bool):
        raise TypeError(ok)
    return True
""",
            "found",
            [],
        ),
        (
            "test of truth",
            '{"name": match.string("Al")}',
            """
def read(response):
    return response.json()["name"]
""",
            "found",
            [],
        ),
        (
            "identifier",
            '{"id": match.string("6ba7b810-9dad-11d1-80b4-00c04fd430c8")}',
            """
def read(response):
    return uuid.UUID(response.json()["id"])
""",
            "found",
            [("$.id", "empty")],
        ),
    ],
}
