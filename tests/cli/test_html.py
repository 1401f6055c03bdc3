"""`pypact html`, and `--html` of `pypact verify`."""

import json
import sys

import pytest
from click.testing import CliRunner
from page_cases import build_pact, parse_page, text_of
from report_cases import interaction

from pypact.cli import main

APP = """
def app(environ, start_response):
    found = environ["PATH_INFO"] == "/fine"
    start_response("200 OK" if found else "404 Not Found", [])
    return []
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "paged_app.py").write_text(APP, encoding="utf-8")
    found = [
        {"type": "Synchronous/HTTP", **one}
        for one in (interaction("all well", "/fine"), interaction("missing", "/no"))
    ]
    for consumer in ("web", "mobile"):
        file = tmp_path / "pacts" / f"{consumer}.json"
        file.parent.mkdir(exist_ok=True)
        pact = build_pact(*found, consumer=consumer)
        file.write_text(json.dumps(pact), encoding="utf-8")
    yield tmp_path
    sys.modules.pop("paged_app", None)


def pypact(*arguments):
    return CliRunner().invoke(main, arguments)


def test_pages_are_written_for_contracts_and_results(folder):
    verified = pypact("verify", "--app", "paged_app:app", "--json", "r.json")
    assert 1 == verified.exit_code
    result = pypact("html", "pacts/", "r.json", "-o", "site/new")

    assert 0 == result.exit_code, result.output
    names = {one.name for one in (folder / "site" / "new").iterdir()}
    assert {"index.html", "web-users.html", "mobile-users.html"} == names
    page = parse_page((folder / "site/new/web-users.html").read_text(encoding="utf-8"))
    assert "status equality expected 200 got 404" in text_of(page)


def test_pages_need_no_results(folder):
    assert 0 == pypact("html", "-o", "site").exit_code
    text = (folder / "site" / "index.html").read_text(encoding="utf-8")

    assert "4 not verified" in text_of(parse_page(text))


def test_a_verification_writes_one_page(folder):
    assert 1 == pypact("verify", "--app", "paged_app:app", "--html", "p.html").exit_code
    text = text_of(parse_page((folder / "p.html").read_text(encoding="utf-8")))

    assert "Verification of users failed" in text
    assert "2 failed 2 ok" in text
    assert "status equality expected 200 got 404" in text


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["-o", "site", "nowhere"], 1, "nowhere: no such file or directory"),
        (["-o", "site", "paged_app.py"], 1, "paged_app.py"),
        (["-o", "site", "none.json"], 1, "none.json.interactions: expected a list"),
        (["-o", "paged_app.py"], 1, "cannot write"),
        (["pacts"], 2, "Missing option '--output'"),
    ],
)
def test_bad_input_is_an_error(folder, arguments, code, text):
    (folder / "none.json").write_text('{"counts": {}}', encoding="utf-8")
    result = pypact("html", *arguments)

    assert code == result.exit_code
    assert text in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["html", "-o", "site"], 1),
        (["verify", "--app", "paged_app:app", "--html", "p.html"], 2),
    ],
)
def test_the_missing_extra_is_named_before_anything_is_verified(
    folder, monkeypatch, arguments, code
):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = pypact(*arguments)

    assert code == result.exit_code
    assert "pip install 'pypact-contracts[html]'" in result.stderr
    assert "all well" not in result.output
