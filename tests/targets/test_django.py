"""A Django project sees the transaction of the test, in every way of calling it.

Each test runs a small project in its own process, because Django has global settings.
"""

import json

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

verifier = pypact.Verifier("Users", {how}, pacts="pacts")

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


@pytest.fixture
def project(pytester, monkeypatch):
    """Return a function that creates a project with the given test and runs it."""

    def make(test, *interactions):
        pytester.makepyfile(project_settings=SETTINGS, project_urls=URLS)
        settings = "[pytest]\nDJANGO_SETTINGS_MODULE=project_settings\n"
        pytester.makefile(".ini", pytest=settings)
        folder = pytester.mkdir("pacts")
        contract = {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
        (folder / "Web-Users.json").write_text(json.dumps(contract))
        pytester.makepyfile(test_contract=test)
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        plugins = ["-p", "pypact.pytest_plugin", "-p", "pytest_django.plugin"]
        return pytester.runpytest_subprocess("-q", *plugins)

    return make


INTERACTIONS = (
    interaction_for("first", "/users", ["ann"], host="testserver"),
    interaction_for("second", "/users", ["ann"]),
    interaction_for("third", "/users", ["ann"]),
)


HOW = [
    "django=True",
    "django=True, asgi=True",
    "app='django.core.wsgi:get_wsgi_application'",
    "app='django.core.asgi:get_asgi_application'",
]
COMBINATIONS = [(how, test) for how in HOW for test in (PYTEST, UNITTEST)]
QUICK = [(HOW[0], PYTEST), (HOW[1], UNITTEST), (HOW[3], PYTEST)]


@pytest.mark.parametrize(
    ("how", "test"),
    [
        pytest.param(*one, marks=[] if one in QUICK else pytest.mark.slow)
        for one in COMBINATIONS
    ],
    ids=[
        f"{how}-{'pytest' if test is PYTEST else 'unittest'}"
        for how, test in COMBINATIONS
    ],
)
def test_the_view_sees_the_rows_of_the_state(project, how, test):
    result = project(VERIFIER.format(how=how) + test, *INTERACTIONS)

    result.assert_outcomes(passed=3)


def test_a_handler_wrapped_in_other_middleware_needs_only_a_host(project):
    wrapped = """
from django.core.wsgi import get_wsgi_application
handler = get_wsgi_application()
def app(environ, start_response):
    return handler(environ, start_response)
"""
    how = "app=app, host='testserver'"
    result = project(wrapped + VERIFIER.format(how=how) + PYTEST, *INTERACTIONS)

    result.assert_outcomes(passed=3)


@pytest.mark.parametrize("asgi", ["", ", asgi=True"])
def test_an_asynchronous_view_sees_the_rows_too(project, asgi):
    interactions = [
        interaction_for(f"number {one}", "/later", ["ann"]) for one in range(2)
    ]
    how = f"django=True{asgi}"
    result = project(VERIFIER.format(how=how) + PYTEST, *interactions)

    result.assert_outcomes(passed=2)


def posting():
    found = interaction_for("posting", "/users", ["ann", "posted"])
    found["request"]["method"] = "POST"
    return found


def test_the_csrf_check_stays_enabled(project):
    """Django's own test client disables the check, which hides a real 403."""
    result = project(VERIFIER.format(how="django=True") + PYTEST, posting())

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*403*"])


def test_a_host_that_django_does_not_allow_is_named(project):
    how = "django=True, host='elsewhere.example'"
    result = project(VERIFIER.format(how=how) + PYTEST, INTERACTIONS[1])

    result.stdout.fnmatch_lines(
        ["*hint*Django rejects the host 'elsewhere.example': add it to ALLOWED_*"]
    )


def test_rows_created_by_the_view_are_rolled_back(project):
    token = """
@verifier.request_filter
def with_token(request):
    request.set_header("Cookie", "csrftoken=" + "a" * 32)
    request.set_header("X-CSRFToken", "a" * 32)
"""
    test = VERIFIER.format(how="django=True") + token + PYTEST
    result = project(test, posting(), interaction_for("reading", "/users", ["ann"]))

    result.assert_outcomes(passed=2)


def test_outside_requests_old_connections_are_closed_again(project):
    check = """
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
    project(check).assert_outcomes(passed=1)
