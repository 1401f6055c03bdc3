"""Rare cases of reading, writing, matching and storing."""

from dataclasses import replace

import pytest

from pypact.errors import LossWarning, MergeConflict, StoreError
from pypact.formats import read_pact, store
from pypact.formats.pact import contract_to_json, interaction_to_json
from pypact.formats.store import (
    InteractionTextCache,
    merge_into_file,
    pact_file_name,
    render_contract,
    replace_contract,
)
from pypact.matching.body import compile_body
from pypact.model.body import ContentType, ExpectedBody
from pypact.model.http import Request, Response
from pypact.model.interactions import (
    Contract,
    HttpInteraction,
    Message,
    SpecificationVersion,
    SyncMessage,
)
from pypact.model.rules import Rule, RuleList

JSON = ContentType("application", "json")
TYPE = RuleList((Rule("type"),))
V3 = SpecificationVersion.V3


def call(description="a", path="/", **more):
    return HttpInteraction(
        description=description,
        request=Request("GET", path),
        response=Response(200),
        **more,
    )


def contract(*interactions):
    return Contract("Web", "Users", interactions, version=V3)


def fits(expected, actual, rules, *, strict=False):
    plan = compile_body(ExpectedBody(expected, JSON, rules, strict=strict))
    return not plan.check(actual, JSON)


@pytest.mark.parametrize(
    ("actual", "strict", "matches"),
    [
        (b'{"a":{"x":1,"y":"q"}}', False, True),
        (b'{"a":{"x":1}}', False, False),
        (b'{"a":{"x":1,"z":"q"}}', False, False),
        (b'{"a":{"x":1,"y":"q","z":0}}', False, True),
        (b'{"a":{"x":1,"y":"q","z":0}}', True, False),
        (b'{"a":[]}', False, False),
    ],
)
def test_a_type_rule_applies_to_maps_with_nested_rules(actual, strict, matches):
    rules = {"$": TYPE, "$.a.x": RuleList((Rule("integer"),))}

    assert matches == fits(b'{"a":{"x":5,"y":"p"}}', actual, rules, strict=strict)


@pytest.mark.parametrize(
    ("expected", "actual", "matches"),
    [
        (b'{"a":[]}', b'{"a":[1]}', True),
        (b'{"a":[1]}', b'{"a":[]}', True),
        (b'{"a":[1]}', b'{"a":[2,"x"]}', False),
    ],
)
def test_a_type_rule_applies_to_lists_with_nested_rules(expected, actual, matches):
    rules = {"$": TYPE, "$.a[5].z": RuleList((Rule("integer"),))}

    assert matches == fits(expected, actual, rules)


def test_a_list_without_rules_must_have_its_exact_length():
    rules = {"$.b.c": TYPE}

    assert not fits(b'{"a":[1],"b":{"c":1}}', b'{"a":[1,2],"b":{"c":2}}', rules)


def test_equal_text_in_different_encodings_matches():
    latin = ContentType("text", "plain", (("charset", "iso-8859-1"),))
    plain = ContentType("text", "plain")
    plan = compile_body(ExpectedBody("ä".encode(), plain, {}, strict=False))

    assert [] == plan.check("ä".encode("latin-1"), latin)
    assert [] != plan.check(b"a", latin)


def test_the_id_of_a_broker_is_written_back():
    assert "7" == interaction_to_json(call(id="7"), V3)["_id"]


@pytest.mark.parametrize(
    ("consumer", "name"),
    [("CON.x", "_CON.x-Users.json"), (".hidden", "_hidden-Users.json")],
)
def test_reserved_file_names_are_changed(consumer, name):
    assert name == pact_file_name(consumer, "Users")


def test_an_interaction_that_is_left_out_leaves_no_gap():
    lost = SyncMessage(description="b", request=Message(), responses=())
    with pytest.warns(LossWarning):
        text = render_contract(
            contract(lost), InteractionTextCache(store.VERSION_FORMATS[V3]), lossy=True
        )

    assert 0 == text.count('"description"')
    assert contract_to_json(contract(call("a")), V3)["interactions"]


@pytest.mark.parametrize("rules", [{}, {"$": TYPE}], ids=["equal", "type"])
@pytest.mark.parametrize(("actual", "matches"), [(b"1", True), (b'"x"', False)])
def test_rules_with_deeper_paths_do_not_apply_to_a_scalar(rules, actual, matches):
    rules = {**rules, "$.b.c": RuleList((Rule("integer"),))}

    assert matches == fits(b'{"b":1}', b'{"b":' + actual + b"}", rules)


def test_replacing_a_contract_removes_the_old_one(tmp_path):
    path = tmp_path / "x.json"
    merge_into_file(path, contract(call("a")))
    replace_contract(path, contract(call("b")))

    assert ["b"] == [one.description for one in read_pact(path).interactions]


def test_keeps_old_reports_a_changed_interaction_as_a_conflict(tmp_path):
    path = tmp_path / "x.json"
    merge_into_file(path, contract(call("a")))

    merge_into_file(path, contract(call("a"), call("b")), keeps_old=True)
    with pytest.raises((MergeConflict, StoreError), match="'a'"):
        merge_into_file(path, contract(call("a", "/other")), keeps_old=True)
    assert ["a", "b"] == [one.description for one in read_pact(path).interactions]


def test_a_file_whose_folder_is_a_file_cannot_be_read(tmp_path):
    (tmp_path / "f").write_text("")

    with pytest.raises(StoreError, match=r"cannot be (read|written)"):
        merge_into_file(tmp_path / "f" / "x.json", contract(call("a")))


def test_a_lock_that_cannot_be_created_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "f").write_text("")
    monkeypatch.setattr(store.tempfile, "gettempdir", lambda: str(tmp_path / "f"))

    with pytest.raises(StoreError, match="cannot be locked"):
        merge_into_file(tmp_path / "x.json", replace(contract(call("a"))))


def test_variants_are_parsed_once_for_many_checks():
    variants = [{"index": 0, "rules": {"$": {"matchers": [{"match": "type"}]}}}]
    rules = {"$": RuleList((Rule("arrayContains", {"variants": variants}),))}
    plan = compile_body(ExpectedBody(b"[1]", JSON, rules, strict=False))

    assert [] == plan.check(b'["x",2]', JSON)
    assert [] == plan.check(b"[3]", JSON)
    assert [] != plan.check(b'["x"]', JSON)
