"""Contracts with the results of their interactions, as data."""

from page_cases import build_pact
from report_cases import interaction

import pypact
from pypact.pages.diagram import draw_diagram
from pypact.pages.site import build_site
from pypact.sources import LoadedPact


def load(*interactions, **names):
    found = [{"type": "Synchronous/HTTP", **one} for one in interactions]
    contract = pypact.read_pact(build_pact(*found, **names))
    return LoadedPact(contract, "pacts/a.json")


def result(description, outcome="ok", number=1, **more):
    return {
        "consumer": "web",
        "provider": "users",
        "description": description,
        "providerStates": [],
        "place": f"pacts/a.json, interaction {number}",
        "pending": False,
        "result": outcome,
        **more,
    }


def outcomes(site):
    return [
        one["result"] and one["result"]["outcome"]
        for one in site["contracts"][0]["interactions"]
    ]


def test_results_are_found_by_description_and_states():
    states = {"states": ["s"]}
    pact = load(
        interaction("a", "/"), interaction("b", "/"), interaction("c", "/", **states)
    )
    run = {
        "interactions": [
            result("b", "failed", 7),
            result("c", "failed", 3),
            result("a", "failed", 1, pending=True),
            result("gone"),
        ]
    }

    site = build_site([pact], [run])

    assert ["pending", "failed", None] == outcomes(site)
    assert {"failed": 1, "pending": 1, "none": 1} == site["counts"]


def test_the_last_run_counts():
    pact = load(interaction("a", "/"))
    runs = [{"interactions": [result("a", one)]} for one in ("failed", "ok")]

    assert ["ok"] == outcomes(build_site([pact], runs))
    assert ["failed"] == outcomes(build_site([pact], runs[::-1]))


def test_equal_interactions_are_distinguished_by_their_numbers():
    pact = load(interaction("a", "/1"), interaction("a", "/2"))
    run = {"interactions": [result("a", "ok", 2), result("a", "failed", 1)]}

    assert ["failed", "ok"] == outcomes(build_site([pact], [run]))
    moved = {"interactions": [result("a", "ok", 8), result("a", "failed", 9)]}
    assert [None, None] == outcomes(build_site([pact], [moved]))


def test_secrets_of_the_contract_are_masked_in_its_results():
    one = interaction("a", "/", request={"query": {"token": ["s3cr3t-1"]}})
    run = {"interactions": [result("a", "failed", text=["GET /?token=s3cr3t-1"])]}

    assert "s3cr3t" not in str(build_site([load(one)], [run]))


def test_each_contract_has_a_file_of_its_own():
    names = [
        ("a-b", "c"),
        ("a", "b-c"),
        ("A", "B-C"),
        ("../x", "y\u202e\\"),
        ("a-b", "c"),
    ]
    pacts = [load(consumer=one, provider=other) for one, other in names]
    files = [one["file"] for one in build_site(pacts)["contracts"]]

    assert ["a-b-c.html", "a-b-c-2.html", "A-B-C-3.html"] == files[:3]
    assert len(files) == len({one.casefold() for one in files})
    assert not any("/" in one or "\\" in one or one.startswith(".") for one in files)


def test_a_diagram_has_each_party_once_on_each_side():
    pairs = [("web", "shop"), ("web", "pay"), ("shop", "pay"), ("web", "shop")]
    contracts = [{"consumer": one, "provider": other} for one, other in pairs]
    drawn = draw_diagram(contracts)

    assert 4 == len(drawn["boxes"])
    assert 3 == len(drawn["lines"])
    assert ["web", "shop", "shop", "pay"] == [box["full"] for box in drawn["boxes"]]


def test_there_is_no_diagram_of_nothing_or_of_very_many():
    many = [{"consumer": str(n), "provider": "x"} for n in range(61)]

    assert draw_diagram([]) is None
    assert draw_diagram(many) is None
    assert draw_diagram(many[:60]) is not None
