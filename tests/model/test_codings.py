"""Content codings and chunked bodies."""

import gzip
import io
import zlib

import pytest

from pypact.model.codings import (
    CONTENT_CODINGS,
    apply_content_codings,
    read_chunks,
    split_codings,
)


def test_codings_are_listed_in_lower_case_from_all_values():
    assert split_codings(["GZIP, deflate", "br"]) == ["gzip", "deflate", "br"]


@pytest.mark.parametrize("name", CONTENT_CODINGS)
def test_each_coding_decodes_what_it_encoded(name):
    coding = CONTENT_CODINGS[name]

    assert coding.decode(coding.encode(b"users")) == b"users"


def test_codings_are_applied_in_their_order():
    encoded = apply_content_codings(b"users", ["deflate, gzip"])

    assert zlib.decompress(gzip.decompress(encoded)) == b"users"


@pytest.mark.parametrize("name", ["br", "identity", "gzip"])
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
