"""Configure Django once per process, whichever test needs it first."""

import django
from django.conf import settings


def configure_django():
    """Configure Django without URLs, which tests set by `override_settings`."""
    if not settings.configured:
        settings.configure(ROOT_URLCONF=None, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
        django.setup()
