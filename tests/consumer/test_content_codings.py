"""The `Content-Encoding` of an expected response."""

import gzip
import zlib

import pytest
import requests
import urllib3

from pypact import Consumer, match
from pypact.bodies import binary, text
from pypact.errors import InvalidExpectation
from pypact.model import codings


@pytest.fixture
def pact(tmp_path):
    return Consumer("Web").has_pact_with(
        "Users", base_url="https://users.example.com", pact_dir=tmp_path
    )


def receive(pact, coding, body, content_type="application/json"):
    """Return the content as it is sent, and as a client decodes it."""
    headers = {"Content-Type": content_type, "Content-Encoding": coding}
    (
        pact.upon_receiving("users")
        .with_request("GET", "/users")
        .will_respond_with(200, headers=headers, body=body)
    )
    with pact.intercept():
        url = "https://users.example.com/users"
        raw = urllib3.request("GET", url, decode_content=False).data
        return raw, requests.get(url, timeout=5).content


@pytest.mark.parametrize("coding", ["gzip", "deflate", "deflate, gzip"])
def test_json_is_encoded(pact, coding):
    raw, decoded = receive(pact, coding, {"id": match.like(1)})

    assert b'{"id": 1}' == decoded.replace(b":1", b": 1")
    assert raw != decoded


# Strings that can be decoded by chance: raw deflate has no header.
@pytest.mark.parametrize("body", ["K\x04\x00", text("K\x04\x00")])
def test_a_string_is_encoded_although_it_could_be_decoded(pact, body):
    raw, decoded = receive(pact, "deflate", body, "text/plain")

    assert b"K\x04\x00" == decoded == zlib.decompress(raw)


@pytest.mark.parametrize("make", [bytes, binary])
def test_encoded_bytes_are_sent_as_they_are(pact, make):
    content = gzip.compress(b"users")
    raw, decoded = receive(pact, "gzip", make(content), "application/x-data")

    assert (content, b"users") == (raw, decoded)


def test_other_bytes_are_encoded(pact):
    raw, decoded = receive(pact, "gzip", b"\0users", "application/x-data")

    assert b"\0users" == decoded == gzip.decompress(raw)


def test_bytes_with_a_part_of_the_codings_are_encoded_with_all(pact):
    content = gzip.compress(b"users")
    raw, _ = receive(pact, "gzip, deflate", content, "application/x-data")

    assert content == gzip.decompress(zlib.decompress(raw))


def test_brotli_is_applied_if_its_package_is_installed(pact):
    _, decoded = receive(pact, "br", "users " * 9, "text/plain")

    assert b"users " * 9 == decoded


@pytest.fixture
def no_packages(monkeypatch):
    def import_nothing(name):
        raise ImportError(name)

    monkeypatch.setattr(codings.importlib, "import_module", import_nothing)
    codings.find_content_coding.cache_clear()
    yield
    codings.find_content_coding.cache_clear()


@pytest.mark.parametrize(
    ("coding", "package"),
    [("br", "'brotli' or 'brotlicffi'"), ("zstd", "'zstandard'"), ("gzip, br", "br")],
)
def test_a_missing_package_is_named_when_declared(pact, no_packages, coding, package):
    with pytest.raises(InvalidExpectation, match=f"needs the package.*{package}"):
        receive(pact, coding, b"users")


def test_an_unknown_coding_is_refused_for_strings(pact):
    with pytest.raises(
        InvalidExpectation, match="the Content-Encoding 'compress' is not supported"
    ):
        receive(pact, "compress", "users", "text/plain")


def test_bytes_with_an_unknown_coding_are_sent_as_they_are(pact):
    raw, _ = receive(pact, "compress", b"\x1f\x9d", "application/x-data")

    assert b"\x1f\x9d" == raw


def test_no_body_needs_no_coding(pact):
    (
        pact.upon_receiving("users")
        .with_request("HEAD", "/users")
        .will_respond_with(200, headers={"Content-Encoding": "compress"})
    )
    with pact.intercept():
        found = requests.head("https://users.example.com/users", timeout=5)

    assert "compress" == found.headers["Content-Encoding"]
