"""Which contract lies behind a URL?"""

from __future__ import annotations

from collections.abc import Iterable

from pypact.errors import StoreError
from pypact.formats.files import read_content
from pypact.model.contract import Contract
from pypact.sources.sourced import SourcedPact, refuse_other_provider
from pypact.web import Credentials, NoAnswer, Web, credentials_of, without_secrets

__all__ = ["UrlSource"]


class UrlSource:
    """A single contract at an HTTP URL.

    Credentials are a `token`, or `username` and `password`, or are part of the URL;
    they are sent to its host only, and never shown. `timeout` is in seconds. `verify`
    is False to trust every certificate, or the path of a file with trusted ones.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        timeout: float = 30.0,
        verify: bool | str = True,
    ) -> None:
        self._url, in_url = credentials_of(url)
        given = Credentials(username, password, token)
        self._web = Web(
            self._url, given or in_url, timeout=timeout, verify=verify, shared=True
        )

    def __repr__(self) -> str:
        return f"UrlSource({without_secrets(self._url)!r})"

    def load(self, provider: str) -> Iterable[SourcedPact]:
        contract, place = self.read(), without_secrets(self._url)
        refuse_other_provider(place, provider, [contract])
        return [SourcedPact(contract, place)]

    def read(self) -> Contract:
        """Read the contract, whatever its provider.

        Raises: InvalidPact, StoreError.
        """
        place = without_secrets(self._url)
        try:
            reply = self._web.call("GET", self._url, accept=_ACCEPT)
        except NoAnswer as error:
            raise StoreError(f"the contract cannot be read: {error}") from None
        if not reply.is_ok:
            raise StoreError(
                f"{place} cannot be read: the server responded {reply.status}"
            )
        return read_content(reply.content, place)


_ACCEPT = "application/json, application/hal+json;q=0.9, */*;q=0.5"
