"""Only regular files are read and replaced, and they keep their permissions."""

import os
import socket
import stat
from pathlib import Path

import pytest

from pypact.errors import InvalidPact, StoreError
from pypact.formats import files
from pypact.formats.files import read_file_bytes, replace_file, resolve_file


@pytest.fixture
def path(tmp_path):
    return tmp_path / "Web-Users.json"


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("make", "kind"),
    [(os.mkfifo, r"a FIFO \(named pipe\)"), (make_socket, "a socket")],
)
def test_a_special_file_is_not_replaced(path, make, kind):
    make(path)

    with pytest.raises(StoreError, match=f"is {kind}, not a regular file"):
        resolve_file(path)


def test_a_device_is_neither_read_nor_replaced():
    with pytest.raises(StoreError, match=r"null is a device.* left unchanged"):
        resolve_file(Path("/dev/null"))
    with pytest.raises(StoreError, match=r"null is a device.* was not read"):
        read_file_bytes(Path("/dev/null"))


def test_reading_a_fifo_without_a_writer_does_not_wait(path):
    os.mkfifo(path)

    with pytest.raises(StoreError, match="is a FIFO"):
        read_file_bytes(path)


def test_a_pipe_that_the_shell_passes_is_read():
    reading, writing = os.pipe()
    os.write(writing, b"{}")
    os.close(writing)

    assert b"{}" == read_file_bytes(Path(f"/dev/fd/{reading}"))
    os.close(reading)


def test_a_directory_is_not_read(tmp_path):
    with pytest.raises(InvalidPact, match="a directory"):
        read_file_bytes(tmp_path)


def test_a_directory_is_no_special_file(tmp_path):
    assert tmp_path == resolve_file(tmp_path)


def test_a_name_that_is_too_long_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="cannot be written: File name too long"):
        resolve_file(tmp_path / ("x" * 300))


def test_a_name_with_nul_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="cannot be read: embedded null byte"):
        read_file_bytes(tmp_path / "a\0b")


def test_a_symbolic_link_is_followed(tmp_path, path):
    (tmp_path / "target.json").write_text("{}")
    path.symlink_to(tmp_path / "target.json")

    assert tmp_path / "target.json" == resolve_file(path)


def test_a_symbolic_link_to_a_missing_file_is_refused(tmp_path, path):
    path.symlink_to(tmp_path / "new.json")

    with pytest.raises(StoreError, match=r"new\.json, which cannot be read: not foll"):
        resolve_file(path)


def test_a_symbolic_link_to_a_fifo_is_refused(tmp_path, path):
    os.mkfifo(tmp_path / "fifo")
    path.symlink_to(tmp_path / "fifo")

    with pytest.raises(StoreError, match="is a FIFO"):
        resolve_file(path)


def test_a_symbolic_link_of_another_user_is_refused(tmp_path, path, monkeypatch):
    (tmp_path / "target.json").write_text("{}")
    path.symlink_to(tmp_path / "target.json")
    os.lchown(path, 12345, -1) if os.getuid() == 0 else monkeypatch.setattr(
        files.os, "getuid", lambda: 12345
    )

    with pytest.raises(StoreError, match="symbolic link of another user"):
        resolve_file(path)


def test_a_replaced_file_keeps_its_permissions(path):
    path.write_text("old")
    path.chmod(0o640)

    replace_file(path, b"new")

    assert b"new" == path.read_bytes()
    assert 0o640 == stat.S_IMODE(path.stat().st_mode)


def test_the_temporary_file_is_never_open_to_more_users(path, monkeypatch):
    path.write_text("old")
    path.chmod(0o600)
    modes = []
    monkeypatch.setattr(
        files.os, "fsync", lambda number: modes.append(os.fstat(number).st_mode & 0o777)
    )

    replace_file(path, b"new")

    assert [0o600] == modes


def test_what_a_killed_process_left_is_replaced(tmp_path, path):
    files.get_temporary_path(path).write_text("half")

    replace_file(path, b"new")

    assert [path] == list(tmp_path.iterdir())
