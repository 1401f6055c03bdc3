"""A Django REST framework provider: one transaction for each interaction.

Run it with `pytest examples/test_django_rest.py`; it needs pytest-django. The view uses
the test's database connection: it sees the data of the state functions, and its own
changes are rolled back with the test. It needs no live server and no flush.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings

import pypact

# --- The provider: production code, independent of pypact -----------------------------

# In a real project this is the module that DJANGO_SETTINGS_MODULE names.
settings.configure(
    SECRET_KEY="an example",  # noqa: S106 -- not a real secret
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
    """The JSON form of an account."""

    class Meta:
        model = User
        fields = ("id", "username")


class AccountViewSet(viewsets.ModelViewSet):
    """The endpoints for accounts."""

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
    """Create an account with the number from the name of the state."""
    User.objects.create(pk=number, username="ann")


@verifier.state("an account")
def an_account(name: str) -> Iterator[dict[str, int]]:
    """Create an account; its id, known only now, fills the request's path."""
    account = User.objects.create(username=name)
    yield {"account_id": account.pk}


@verifier.state("there are no accounts")
def no_accounts() -> None:
    """Check that there are none: each interaction has its own transaction."""
    assert not User.objects.exists()


@verifier.each()
@pytest.mark.django_db
def test_contract(interaction) -> None:  # noqa: ANN001 -- the argument that `each` passes
    """Verify one interaction."""
    interaction.verify()
