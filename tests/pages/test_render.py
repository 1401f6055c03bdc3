"""The structure of pages: escaped, policed and accessible."""

import base64
import hashlib
import itertools
import json
import re
from urllib.parse import unquote

import pytest
from page_cases import (
    FULL,
    HOSTILE,
    MESSAGES,
    SECRET,
    build_pact,
    headings_of,
    parse_page,
    text_of,
)

import pypact
from pypact.pages.render import render_report, render_site
from pypact.pages.site import build_site
from pypact.sources import LoadedPact
from pypact.verifier.reports.files import run_to_dict


def respond(environ, start_response):
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("X-B", HOSTILE[:9])]
    )
    return [json.dumps({"id": "1", "name": HOSTILE}).encode()]


@pytest.fixture(scope="module")
def run():
    """Verify the contract with all members, and return the data of the run."""
    contract = pypact.read_pact(build_pact(FULL, *MESSAGES))
    verifier = pypact.Verifier("users", app=respond, pacts=contract)
    verifier.message("an event")(lambda: ({"id": 1}, MESSAGES[0]["metadata"]))
    with pytest.raises(pypact.VerificationFailed) as failed:
        verifier.verify(reports=[])
    return run_to_dict(failed.value.result, with_contents=True)


@pytest.fixture(scope="module")
def pages(run):
    """Return all pages, by name."""
    contracts = [
        build_pact(FULL, *MESSAGES),
        build_pact(consumer=HOSTILE, provider=HOSTILE),
    ]
    pacts = [LoadedPact(pypact.read_pact(one), HOSTILE) for one in contracts]
    site = render_site(build_site(pacts, [run]))
    return {**site, "report": render_report(run)}


@pytest.fixture(params=["index.html", "web-users.html", "report"])
def text(request, pages):
    return pages[request.param]


@pytest.fixture
def page(text):
    return parse_page(text)


def test_nothing_of_a_contract_or_response_becomes_an_element(page):
    [script] = page.iter("script")

    assert "alert" not in script.text
    assert [] == [*page.iter("img"), *page.iter("b"), *page.iter("iframe")]
    names = {name for one in page.iter() for name in one.attrib}
    assert not any(name.startswith("on") or name == "style" for name in names)


def test_links_lead_only_to_pages_and_http_urls(page):
    for one in page.iter("a"):
        assert re.match(
            r"(#|https://example\.org/1$|[^:/]+\.html(#|$))", one.get("href")
        )


def test_all_links_within_the_pages_have_a_target(pages):
    parsed = {name: parse_page(text) for name, text in pages.items()}
    for name, page in parsed.items():
        for one in page.iter("a"):
            file, _, anchor = one.get("href").partition("#")
            if file.startswith("https:"):
                continue
            target = page if not file else parsed[unquote(file)]
            found = {other.get("id") for other in target.iter()}
            assert not anchor or anchor in found, (name, one.get("href"))


def test_the_policy_allows_the_style_and_the_script_alone(page):
    [policy] = [
        one.get("content")
        for one in page.iter("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    ]
    expected = {"default-src 'none'", "base-uri 'none'", "form-action 'none'"}
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        [element] = page.iter(tag)
        digest = hashlib.sha256(element.text.encode()).digest()
        expected.add(f"{directive} 'sha256-{base64.b64encode(digest).decode()}'")

    assert expected == set(policy.split("; "))


def test_nothing_is_loaded(text, page):
    assert [] == [one for one in page.iter() if one.get("src") or one.tag == "link"]
    assert "@import" not in text
    assert "url(" not in text


def test_secrets_are_masked(text):
    assert SECRET not in text


def test_the_page_shows_the_whole_interaction_and_its_result(pages):
    for name in ("web-users.html", "report"):
        shown = text_of(parse_page(pages[name]))
        for part in (
            "POST /users?",
            "Provider states",
            "Matching rules $.id integer",
            "Generators $.id RandomInt min=1 max=9",
            "header X-B regex .* and same type",
            "Markup <script>alert(1)</script>",
            "Plugin configuration",
            "Last result failed",
            '+ "id": "1"',
            "Response message 2",
            "topic",
        ):
            assert part in shown, part


def test_there_is_one_first_heading_and_no_level_is_skipped(page):
    levels = [level for level, _ in headings_of(page)]

    assert 1 == levels[0]
    assert 1 == levels.count(1)
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_page_has_language_title_landmarks_and_a_link_to_the_content(page):
    assert "en" == page.get("lang")
    assert text_of(page.find(".//title"))
    for tag in ("header", "nav", "main", "footer", "search"):
        assert 1 == len([*page.iter(tag)]), tag
    first = next(page.iter("a"))
    assert (f"#{page.find('.//main').get('id')}", "skip") == (
        first.get("href"),
        first.get("class"),
    )


def test_every_control_has_a_label_and_every_id_is_unique(page):
    labels = {one.get("for") for one in page.iter("label")}
    for one in [*page.iter("input"), *page.iter("select")]:
        assert one.get("id") in labels
    for one in page.iter("button"):
        assert text_of(one)
    ids = [one.get("id") for one in page.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(page):
    scrolling = [
        *page.iter("pre"),
        *(one for one in page.iter() if one.get("class") == "scroll"),
    ]

    assert all(
        "0" == one.get("tabindex") and one.get("aria-label") and one.get("role")
        for one in scrolling
    )


def test_tables_have_headers_for_rows_and_columns(pages):
    page = parse_page(pages["index.html"])

    assert {"col", "row"} == {one.get("scope") for one in page.iter("th")}


def luminance(colour):
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_has_enough_contrast_in_both_themes(pages, theme):
    """The limit is that of WCAG 2.2, success criterion 1.4.3."""
    found = re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", pages["report"]
    )
    colours = {name: pair[theme] for name, *pair in found}
    on = [
        *(
            (text, ground)
            for text in ("fg", "muted", "link")
            for ground in ("bg", "panel")
        ),
        *((name, f"{name}-bg") for name in ("ok", "failed", "pending", "none")),
    ]

    assert [] == [pair for pair in on if contrast(*map(colours.get, pair)) < 4.5]


def test_outcomes_are_words_and_not_only_colours(pages):
    page = parse_page(pages["index.html"])
    badges = [one for one in page.iter("span") if "badge" in one.get("class", "")]

    assert {"failed", "ok", "1 ok"} <= {text_of(one) for one in badges}


def test_controls_that_need_the_script_are_hidden_without_it(page):
    for one in page.iter():
        if one.get("class") in ("tools", "buttons"):
            assert "hidden" in one.attrib


def test_a_report_names_what_was_not_verified(run):
    counts = {**run["counts"], "leftOut": 3, "notRun": 2}
    changed = {**run, "counts": counts, "selection": "state x", "problem": HOSTILE}
    shown = text_of(parse_page(render_report(changed)))

    assert "Left out by selection (state x): 3" in shown
    assert "Not verified: 2" in shown
    assert "<script>alert(1)</script>" in shown
