"""A Django project sees the transaction of the test, in every way of calling it.

The tests of a small project run in their own process, because Django has global
settings: one session runs a module for each case.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest

SETTINGS = """
SECRET_KEY = "x"
ALLOWED_HOSTS = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware",
              "django.middleware.csrf.CsrfViewMiddleware"]
ROOT_URLCONF = "project_urls"
USE_TZ = True
"""

URLS = """
import threading
from django.contrib.auth.models import User
from django.http import JsonResponse
from django.urls import path

def users(request):
    if request.method == "POST":
        User.objects.create(username="posted")
    found = list(User.objects.values_list("username", flat=True))
    return JsonResponse({"users": found, "host": request.get_host()})

async def later(request):
    found = [user.username async for user in User.objects.all()]
    return JsonResponse({"users": found})

urlpatterns = [path("users", users), path("later", later)]
"""

VERIFIER = """
import pypact
from django.contrib.auth.models import User

verifier = pypact.Verifier("Users", {how}, pacts={folder!r})

@verifier.state("user {{name:word}}")
def user(name):
    assert not User.objects.exists(), "the last interaction left its rows"
    User.objects.create(username=name)
"""

PYTEST = """
import pytest

@verifier.each()
@pytest.mark.django_db
def test_contract(interaction):
    interaction.verify()
"""

UNITTEST = """
from django.test import TestCase

class TestContract(verifier.cases(TestCase)):
    pass
"""


def interaction_for(description, path, users, **more):
    return {
        "description": description,
        "providerStates": [{"name": "user ann"}],
        "request": {"method": "GET", "path": path},
        "response": {"status": 200, "body": {"users": users, **more}},
    }


WRAPPED = """
from django.core.wsgi import get_wsgi_application
handler = get_wsgi_application()
def app(environ, start_response):
    return handler(environ, start_response)
"""

WITH_TOKEN = """
@verifier.request_filter
def with_token(request):
    request.set_header("Cookie", "csrftoken=" + "a" * 32)
    request.set_header("X-CSRFToken", "a" * 32)
"""

SIGNALS = """
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

def test_signals():
    from pypact.targets.django import keep_connections_open
    def attached():
        return [
            any(one() is close_old_connections for _, one, *_ in signal.receivers)
            for signal in (request_started, request_finished)
        ]
    before = attached()
    let_close = keep_connections_open()
    assert [False, False] == attached()
    let_close()
    assert before == attached() == [True, True]
"""


def posting():
    found = interaction_for("posting", "/users", ["ann", "posted"])
    found["request"]["method"] = "POST"
    return found


INTERACTIONS = [
    interaction_for("first", "/users", ["ann"], host="testserver"),
    interaction_for("second", "/users", ["ann"]),
    interaction_for("third", "/users", ["ann"]),
]
LATER = [interaction_for(f"number {one}", "/later", ["ann"]) for one in range(2)]
READING = interaction_for("reading", "/users", ["ann"])

HOW = [
    "django=True",
    "django=True, asgi=True",
    "app='django.core.wsgi:get_wsgi_application'",
    "app='django.core.asgi:get_asgi_application'",
]
COMBINATIONS = [(how, test) for how in HOW for test in (PYTEST, UNITTEST)]
QUICK = [(HOW[0], PYTEST), (HOW[1], UNITTEST), (HOW[3], PYTEST)]
# For each module: what precedes and follows the verifier, and the interactions.
CASES = {
    f"quick{index}": ("", how, test, INTERACTIONS)
    for index, (how, test) in enumerate(QUICK)
} | {
    "wrapped": (WRAPPED, "app=app, host='testserver'", PYTEST, INTERACTIONS),
    "later": ("", "django=True", PYTEST, LATER),
    "later_asgi": ("", "django=True, asgi=True", PYTEST, LATER),
    "csrf": ("", "django=True", PYTEST, [posting()]),
    "host": ("", "django=True, host='elsewhere.example'", PYTEST, [READING]),
    "rolled_back": ("", "django=True", WITH_TOKEN + PYTEST, [posting(), READING]),
    "signals": ("", "django=True", SIGNALS, []),
}


def run(folder, cases):
    """Run a module for each case; return the counts of outcomes, and the output."""
    (folder / "project_settings.py").write_text(SETTINGS)
    (folder / "project_urls.py").write_text(URLS)
    (folder / "pytest.ini").write_text(
        "[pytest]\nDJANGO_SETTINGS_MODULE=project_settings\npythonpath=.\n"
    )
    for name, (before, how, test, interactions) in cases.items():
        verifier = VERIFIER.format(how=how, folder=f"pacts/{name}")
        (folder / f"test_{name}.py").write_text(before + verifier + test)
        contract = {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
        pact = folder / "pacts" / name / "Web-Users.json"
        pact.parent.mkdir(parents=True)
        pact.write_text(json.dumps(contract))
    plugins = ["-p", "pypact.pytest_plugin", "-p", "pytest_django.plugin"]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", *plugins],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = re.findall(r"^([A-Z]+) test_(\w+)\.py::.*", process.stdout, re.MULTILINE)
    return Counter((name, outcome) for outcome, name in lines), process.stdout


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return run(tmp_path_factory.mktemp("project"), CASES)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("quick")])
def test_the_view_sees_the_rows_of_the_state(session, name):
    counts, output = session

    assert (3, 0) == (counts[name, "PASSED"], counts[name, "FAILED"]), output


@pytest.mark.slow
def test_the_view_sees_the_rows_in_every_combination(tmp_path):
    cases = {
        f"case{index}": ("", how, test, INTERACTIONS)
        for index, (how, test) in enumerate(COMBINATIONS)
    }
    counts, output = run(tmp_path, cases)

    assert {(name, "PASSED"): 3 for name in cases} == counts, output


def test_a_handler_wrapped_in_other_middleware_needs_only_a_host(session):
    counts, output = session

    assert 3 == counts["wrapped", "PASSED"], output


@pytest.mark.parametrize("name", ["later", "later_asgi"])
def test_an_asynchronous_view_sees_the_rows_too(session, name):
    counts, output = session

    assert 2 == counts[name, "PASSED"], output


def test_the_csrf_check_stays_enabled(session):
    """Django's own test client disables the check, which hides a real 403."""
    counts, output = session

    assert 1 == counts["csrf", "FAILED"]
    assert "CSRF" in output
    assert "got 403" in output


def test_a_host_that_django_does_not_allow_is_named(session):
    counts, output = session
    hint = "Django rejects the host 'elsewhere.example': add it to ALLOWED_"

    assert 1 == counts["host", "FAILED"]
    assert hint in output


def test_rows_created_by_the_view_are_rolled_back(session):
    counts, output = session

    assert 2 == counts["rolled_back", "PASSED"], output


def test_outside_requests_old_connections_are_closed_again(session):
    counts, output = session

    assert 1 == counts["signals", "PASSED"], output
