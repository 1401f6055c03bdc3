"""Test the detection of content types from bytes.

Source: docs/internals/specification.md, "6.4 contentType".
"""

import io
import zipfile

import pytest

from pypact.rules.magic import detect_content_types


def archive(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return content.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"RIFF\0\0\0\0????", "application/octet-stream"),
        (b"BM\0\0", "image/bmp"),
        (b"II*\0", "image/tiff"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"\0" * 257 + b"ustar", "application/x-tar"),
        (b"\0\0\0 ftypisom", "video/mp4"),
        (archive("a.txt"), "application/zip"),
        (archive(), "application/zip"),
        (archive("word/document.xml"), f"{OFFICE}.wordprocessingml.document"),
        (archive("xl/workbook.xml"), f"{OFFICE}.spreadsheetml.sheet"),
        (archive("ppt/a.xml"), f"{OFFICE}.presentationml.presentation"),
        (archive("META-INF/MANIFEST.MF"), "application/java-archive"),
        (b"PK\x03\x04 broken", "application/zip"),
        (b"\xfe\xff", "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
        (b"<svg/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "application/xml"),
        (b"<html>", "text/html"),
        (b'{"a": 1}', "application/json"),
        (b"some words", "text/plain"),
        (b"", "text/plain"),
    ],
)
def test_the_first_type_is_the_most_specific(content, content_type):
    assert content_type == detect_content_types(content)[0]


@pytest.mark.parametrize("content", [b"7", b'{"a":1}', b"", b"<a/>", b"<html>"])
def test_printable_text_is_always_plain_text_too(content):
    assert "text/plain" in detect_content_types(content)


def test_an_office_document_is_a_zip_archive_too():
    assert "application/zip" in detect_content_types(archive("word/document.xml"))
