"""Only regular files are read and replaced, and they keep their permissions."""

import os
import socket
import stat
from pathlib import Path

import pytest

from pypact.errors import InvalidPact, StoreError
from pypact.formats import files
from pypact.formats.files import (
    PactFiles,
    read_file_bytes,
    replace_file,
    resolve_file,
)


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


def test_a_file_of_an_unknown_kind_is_not_read(path, monkeypatch):
    path.write_bytes(b"{}")
    door = os.stat_result((0o150000, *(0,) * 9))
    monkeypatch.setattr(os, "fstat", lambda _: door)
    with pytest.raises(StoreError, match="is a special file, not a regular file"):
        read_file_bytes(path)


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


def test_a_symbolic_link_of_the_same_user_is_followed(tmp_path, path, monkeypatch):
    (tmp_path / "target.json").write_text("{}")
    path.symlink_to(tmp_path / "target.json")
    if os.getuid() == 0:
        os.lchown(path, 12345, -1)
        monkeypatch.setattr(files.os, "getuid", lambda: 12345)

    assert tmp_path / "target.json" == resolve_file(path)


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


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("one.json", {"one.json": "one.json"}),
        (
            "folder",
            {"folder/a.json": "folder/a.json", "folder/b.json": "folder/b.json"},
        ),
        (
            "folder/",
            {"folder/a.json": "folder/a.json", "folder/b.json": "folder/b.json"},
        ),
        ("missing.json", {"missing.json": "missing.json"}),
        ("missing/", {}),
        (
            "folder/?.json",
            {"folder/a.json": "folder/a.json", "folder/b.json": "folder/b.json"},
        ),
        ("folder/[a].json", {"folder/a.json": "folder/a.json"}),
        ("./fold*/b.json", {"folder/b.json": "folder/b.json"}),
        ("folder/*.txt", {"folder/c.txt": "folder/c.txt"}),
        ("fold*", {}),
        ("**/a.json", {"folder/a.json": "folder/a.json"}),
        ("x[1].json", {"x[1].json": "x[1].json"}),
    ],
)
def test_files_are_found_by_a_path_a_folder_or_a_pattern(
    tmp_path, monkeypatch, written, found
):
    (tmp_path / "folder").mkdir()
    for name in (
        "one.json",
        "folder/b.json",
        "folder/a.json",
        "folder/c.txt",
        "x[1].json",
    ):
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)

    found_files = PactFiles(written)
    pairs = found_files.find().items()

    shown = {str(path.relative_to(tmp_path)): name for path, name in pairs}
    assert (written, list(found.items())) == (found_files.place, list(shown.items()))


def test_a_relative_path_is_resolved_at_once(tmp_path, monkeypatch):
    (tmp_path / "a.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    found_files = PactFiles("a.json")
    monkeypatch.chdir("/")

    assert {tmp_path / "a.json": "a.json"} == found_files.require()


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("missing.json", "missing.json: no such file or directory"),
        ("missing/", "missing/: no such directory"),
        ("empty", "empty: expected files *.json, got nothing: no such file"),
        ("*.xml", "*.xml: expected files *.json, got nothing: no such file"),
    ],
)
def test_files_that_are_required_must_exist(tmp_path, monkeypatch, written, text):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)

    with pytest.raises((StoreError, InvalidPact)) as raised:
        PactFiles(written).require()

    assert text == str(raised.value)


def test_files_that_exist_are_what_is_required(path):
    path.write_text("{}")

    assert {path: str(path)} == PactFiles(path).require()


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (read_file_bytes, "{} cannot be read: No such file or directory"),
        (lambda path: replace_file(path / "x", b""), "{}/x cannot be written: No such"),
    ],
)
def test_an_error_of_the_system_names_the_path_once(path, act, text):
    with pytest.raises(StoreError) as raised:
        act(path)

    assert str(raised.value).startswith(text.format(path))
    assert 1 == str(raised.value).count(str(path))


def test_the_texts_of_refused_files_are_complete(tmp_path, path):
    os.mkfifo(path)

    with pytest.raises(StoreError) as raised:
        resolve_file(path)
    assert str(raised.value) == (
        f"{path} is a FIFO (named pipe), not a regular file, and was left unchanged"
    )
    with pytest.raises(StoreError) as raised:
        read_file_bytes(path)
    assert str(raised.value) == (
        f"{path} is a FIFO (named pipe), not a regular file, and was not read"
    )
    with pytest.raises(InvalidPact) as raised:
        read_file_bytes(tmp_path)
    assert f"{tmp_path}: expected a file, got a directory" == str(raised.value)


def test_a_new_file_has_the_usual_permissions(path):
    before = os.umask(0o027)
    try:
        replace_file(path, b"new")
    finally:
        os.umask(before)

    assert 0o640 == stat.S_IMODE(path.stat().st_mode)
    assert 0o640 == files.get_mode(path)
    assert files.get_mode(path.with_name("missing")) is None
    assert path.with_name(".Web-Users.json.tmp") == files.get_temporary_path(path)


def test_a_failure_to_write_leaves_no_temporary_file(tmp_path, path, monkeypatch):
    path.write_text("old")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)

    with pytest.raises(StoreError) as raised:
        replace_file(path, b"new")

    assert f"{path} cannot be written: No space left on device" == str(raised.value)
    assert [path] == list(tmp_path.iterdir())
    assert "old" == path.read_text()


def test_links_in_the_path_of_a_new_file_are_resolved(tmp_path, path):
    assert path == resolve_file(path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")

    assert tmp_path / "folder" / "a.json" == resolve_file(tmp_path / "link" / "a.json")


def test_a_directory_in_place_of_the_temporary_file_is_named(tmp_path):
    path = tmp_path / "Web-Users.json"
    files.get_temporary_path(path).mkdir()

    with pytest.raises(StoreError, match=r"\.Web-Users\.json\.tmp already exists"):
        files.replace_file(path, b"{}")
