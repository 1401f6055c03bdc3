"""Read the settings of a Pact Broker that pactman had."""

from __future__ import annotations

import os
from collections.abc import Sequence

from pypact.broker import Broker


def make_broker(
    url: str,
    token: str | None,
    tags: Sequence[str] | None,
    *,
    publish: bool,
    version: str | None,
) -> Broker:
    """Return a broker that selects the latest contracts, by default without tags.

    `PACT_BROKER_AUTH` is "user:password"; credentials may be in the URL as well.
    """
    username, _, password = os.environ.get("PACT_BROKER_AUTH", "").partition(":")
    return Broker(
        url,
        token=token or None,
        username=username or None,
        password=password or None,
        selectors=[{"tag": tag, "latest": True} for tag in tags or ()]
        or [{"latest": True}],
        publish=publish,
        provider_version=version,
    )
