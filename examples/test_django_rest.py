"""A provider of Django and its REST framework: one transaction for each interaction.

Run it with `pytest examples/test_django_rest.py`; it needs pytest-django. The view runs
on the test's own connection: it sees what a state function has made, and what it makes
itself is rolled back with the test. No live server, no flush.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings

import pypact

# --- The provider: production code, which knows nothing of pypact ---------------------

# In a project this is `settings.py`, which DJANGO_SETTINGS_MODULE names.
settings.configure(
    SECRET_KEY="an example",  # noqa: S106 -- of no use to anybody
    ALLOWED_HOSTS=[],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
    ],
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 -- needs the settings
from django.urls import include, path  # noqa: E402 -- the same
from rest_framework import routers, serializers, viewsets  # noqa: E402 -- the same


class AccountSerializer(serializers.ModelSerializer):
    """What is shown of an account."""

    class Meta:
        model = User
        fields = ("id", "username")


class AccountViewSet(viewsets.ModelViewSet):
    """All that can be done with accounts."""

    queryset = User.objects.all()
    serializer_class = AccountSerializer


router = routers.DefaultRouter()
router.register("accounts", AccountViewSet)
urlpatterns = [path("", include(router.urls))]

# --- The provider's test --------------------------------------------------------------

verifier = pypact.Verifier(
    "Accounts", django=True, pacts=Path(__file__).parent / "pacts"
)


@verifier.state("account {number:int} exists")
def account_exists(number: int) -> None:
    """Make an account with the number that the text of the state has."""
    User.objects.create(pk=number, username="ann")


@verifier.state("an account")
def an_account(name: str) -> Iterator[dict[str, int]]:
    """Make an account; its id, which nobody knows before, fills the request's path."""
    account = User.objects.create(username=name)
    yield {"account_id": account.pk}


@verifier.state("there are no accounts")
def no_accounts() -> None:
    """Nothing is to be done: each interaction has a transaction of its own."""
    assert not User.objects.exists()


@verifier.each()
@pytest.mark.django_db
def test_contract(interaction) -> None:  # noqa: ANN001 -- what `each` gives
    """Verify one interaction."""
    interaction.verify()
