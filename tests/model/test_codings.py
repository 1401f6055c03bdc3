"""Content codings and chunked bodies."""

import gzip
import io
import zlib

import pytest

from pypact.model import codings
from pypact.model.codings import (
    CONTENT_CODINGS,
    DECODING_ERRORS,
    BodyTooLarge,
    apply_content_codings,
    find_content_coding,
    read_chunks,
    split_codings,
)


def test_codings_are_listed_in_lower_case_from_all_values():
    assert split_codings(["GZIP, deflate", "br"]) == ["gzip", "deflate", "br"]


@pytest.fixture(params=["brotli", "zstandard"])
def optional(request, monkeypatch):
    """Return the content coding of one optional package."""
    pytest.importorskip(request.param)
    name = "br" if request.param == "brotli" else "zstd"
    monkeypatch.setitem(codings._PACKAGES, name, (request.param,))
    find_content_coding.cache_clear()
    yield find_content_coding(name)
    find_content_coding.cache_clear()


def test_an_optional_coding_decodes_what_it_encoded(optional):
    content = bytes(range(256)) * 9

    assert content == optional.decode(optional.encode(content))


def test_an_optional_coding_refuses_other_content(optional):
    for content in (optional.encode(b"users" * 9)[:-3], b"users", b"\x1f\x8b", b""):
        with pytest.raises(DECODING_ERRORS):
            optional.decode(content)


def test_an_optional_coding_has_a_limit(optional, monkeypatch):
    monkeypatch.setattr(codings, "MAX_DECODED", 1000)
    content = optional.encode(b"a" * 10_000_000)

    with pytest.raises(OSError, match="more than 1000 bytes when decoded"):
        optional.decode(content)


def test_the_frames_of_zstd_are_joined():
    coding = find_content_coding("zstd")
    if coding is None:
        pytest.skip("none of the packages for zstd is installed")
    content = coding.encode(b"use") + coding.encode(b"rs")

    assert coding.decode(content) == b"users"


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "deflate", "identity"])
def test_each_coding_decodes_what_it_encoded(name):
    coding = CONTENT_CODINGS[name]

    assert coding.decode(coding.encode(b"users")) == b"users"


def test_raw_deflate_data_are_decoded():
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    content = encoder.compress(b"users") + encoder.flush()

    assert CONTENT_CODINGS["deflate"].decode(content) == b"users"


def test_raw_deflate_data_end_with_the_body():
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    content = encoder.compress(b"users") + encoder.flush()

    with pytest.raises(DECODING_ERRORS):
        CONTENT_CODINGS["deflate"].decode(content + b"more")


def test_the_members_of_a_gzip_file_are_joined_and_its_padding_ignored():
    content = gzip.compress(b"use") + gzip.compress(b"rs") + b"\0" * 9

    assert CONTENT_CODINGS["gzip"].decode(content) == b"users"


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_a_body_without_its_end_or_of_another_format_is_refused(name):
    coding = CONTENT_CODINGS[name]
    for content in (coding.encode(b"users" * 9)[:-5], b"users", b"\x1f\x8b"):
        with pytest.raises(DECODING_ERRORS):
            coding.decode(content)


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_a_body_that_decodes_to_more_than_the_limit_is_refused(name, monkeypatch):
    monkeypatch.setattr(codings, "MAX_DECODED", 1000)
    coding = CONTENT_CODINGS[name]

    assert b"a" * 1000 == coding.decode(coding.encode(b"a" * 1000))
    for content in (b"a" * 1001, b"a" * 10_000_000):
        with pytest.raises(OSError, match="more than 1000 bytes when decoded"):
            coding.decode(coding.encode(content))
    with pytest.raises(OSError, match="more than 1000 bytes when decoded"):
        CONTENT_CODINGS["gzip"].decode(gzip.compress(b"a" * 501) * 2)


def test_codings_are_applied_in_their_order():
    encoded = apply_content_codings(b"users", ["deflate, gzip"])

    assert zlib.decompress(gzip.decompress(encoded)) == b"users"


@pytest.mark.parametrize("name", ["compress", "identity", "gzip"])
def test_a_body_is_kept_if_it_is_encoded_or_its_coding_is_unsupported(name):
    content = gzip.compress(b"users")

    assert apply_content_codings(content, [name]) == content


def test_chunks_are_joined_and_their_extensions_and_trailers_ignored():
    content = b"3;name=x\r\nuse\r\n2\r\nrs\r\n0\r\nTrailer: x\r\n\r\n"

    assert read_chunks(io.BytesIO(content)) == b"users"


@pytest.mark.parametrize(
    "content", [b"", b"5\r\nuse", b"5\r\nusers\r\n", b"5\r\nusers\r\n0\r\n"]
)
def test_an_incomplete_chunked_body_is_an_end_of_file(content):
    with pytest.raises(EOFError):
        read_chunks(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"x\r\nusers", "does not start with its size"),
        (b"3\r\nusers\r\n", "longer than its declared size"),
        (b"1" * 70_000, "line of a chunked body is too long"),
    ],
)
def test_an_invalid_chunked_body_is_refused(content, problem):
    with pytest.raises(ValueError, match=problem):
        read_chunks(io.BytesIO(content))


def test_a_chunked_body_that_is_larger_than_the_limit_is_refused():
    content = b"3\r\nuse\r\n2\r\nrs\r\n0\r\n\r\n"

    assert read_chunks(io.BytesIO(content), limit=5) == b"users"
    with pytest.raises(BodyTooLarge, match="larger than 4 bytes"):
        read_chunks(io.BytesIO(content), limit=4)
