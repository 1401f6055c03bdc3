"""Origins and path prefixes of base URLs."""

import doctest

import pytest

from pypact.errors import InvalidExpectation
from pypact.hooks import origins
from pypact.hooks.origins import format_origin, normalize_authority, parse_origin


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://a.test", "http://a.test"),
        ("HTTP://A.Test:80/", "http://a.test"),
        ("https://a.test:443/x/", "https://a.test/x"),
        ("https://a.test:8443/x//y", "https://a.test:8443/x//y"),
        ("https://a.test./x y".replace(" ", "%20"), "https://a.test/x%20y"),
        ("https://me:secret@a.test/%7euser", "https://a.test/~user"),
        ("http://[2001:DB8::0:1]/", "http://[2001:db8::1]"),
        ("https://bücher.test/ä", "https://xn--bcher-kva.test/%C3%A4"),
    ],
)
def test_an_origin_has_one_normal_form(url, shown):
    assert shown == str(parse_origin(url))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("users.test", "must start with http"),
        ("ftp://users.test", "must start with http"),
        ("https://", "no host"),
        ("https://users.test?a=1", "neither a query"),
        ("https://users.test/#x", "neither a query"),
        ("https://users.test:0", "no usable port"),
        ("https://users.test:99999", "[Pp]ort"),
        ("https://users.test/a/../b", "'.' or '..'"),
        ("https://users .test", "spaces"),
        ("http://[::1", "not a usable base URL"),
        (5, "must be a string"),
    ],
)
def test_an_unusable_base_url_is_refused_with_the_reason(url, reason):
    with pytest.raises(InvalidExpectation, match=reason):
        parse_origin(url)


@pytest.mark.parametrize(
    ("target", "rest"),
    [
        ("/api", "/"),
        ("/api/", "/"),
        ("/api/a/b?c", "/a/b?c"),
        ("/api?x=/api", "/?x=/api"),
        ("/%61pi/a", "/a"),
        ("/apis", None),
        ("/", None),
        ("/API/a", None),
    ],
)
def test_the_prefix_is_removed_from_the_path(target, rest):
    assert rest == parse_origin("https://a.test/api").strip_prefix(target)


def test_an_invalid_host_is_kept_unchanged():
    """urllib3 passes the path of a Unix socket as the host."""
    assert ("http+unix", "/run/docker.sock", 0) == normalize_authority(
        "http+unix", "/run/docker.sock", None
    )
    assert "http://a.test:81" == format_origin(("http", "a.test", 81))


def test_examples_in_docstrings_work():
    assert (0, 2) == doctest.testmod(origins)
