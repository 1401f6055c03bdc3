"""The method of a request."""

import pytest
from interactions import http

import pypact


@pytest.mark.parametrize(
    ("method", "expected"), [("get", []), ("POST", ["expected GET but was POST"])]
)
def test_the_method_is_compared_without_its_case(method, expected):
    interaction = http(request={"method": "GET", "path": "/"})
    found = pypact.match_request(
        interaction, pypact.Request.from_http(method, "/", [], b"")
    )

    assert expected == [mismatch.message for mismatch in found]
