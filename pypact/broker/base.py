"""The requests that the parts of `Broker` share."""

from __future__ import annotations

from urllib.parse import quote, urljoin

from pypact.broker.hal import Document, HalClient
from pypact.errors import BrokerError
from pypact.model.json import Json
from pypact.web import mask_url


class BrokerRequests:
    """The base of the parts of a broker: requests to resources below its base URL.

    Resources that the official client requests without reading the index are requested
    by their path here as well, so that one call costs the same.
    """

    url: str
    _detects_build = False

    @property
    def _hal(self) -> HalClient:
        raise NotImplementedError

    def _get(self, path: str, relation: str) -> Document:
        return self._send("GET", path, relation)

    def _send(
        self,
        method: str,
        path: str,
        relation: str,
        data: Json = None,
        content_type: str = "application/json",
    ) -> Document:
        """Send a request to a path below the base URL, or to a whole URL."""
        url = urljoin(self.url, path)
        return self._hal.send(method, url, relation, data, content_type)

    def _find_in_index(self, relation: str, **names: str) -> str:
        """Read the index and return the URL of a link.

        Raises: BrokerError.
        """
        url = self._get("", "the index").find_link(relation, **names)
        if url is None:
            raise BrokerError(
                f"{mask_url(self.url)} has no link {relation}: is it a recent "
                "Pact Broker?",
                relation=relation,
            )
        return url


def build_path(*segments: str) -> str:
    """Join the segments of a path, with every reserved character encoded.

    >>> build_path("pacticipants", "Web/2", "versions", "1 0")
    'pacticipants/Web%2F2/versions/1%200'
    """
    return "/".join(quote(segment, safe="") for segment in segments)
