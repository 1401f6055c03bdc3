"""The lock beside a contract excludes others, and survives no holder."""

import errno
import os
import socket
import subprocess
import sys
import threading

import pytest

from pypact.errors import InvalidExpectation, StoreError
from pypact.formats import lock
from pypact.formats.lock import lock_beside

HOLD = """
import sys, time
from pathlib import Path
from pypact.formats.lock import lock_beside
with lock_beside(Path(sys.argv[1]), lambda: True):
    print("held", flush=True)
    time.sleep(60)
"""


def always():
    return True


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "Web-Users.json"


@pytest.fixture
def holder(path):
    """A process that holds the lock."""
    args = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as process:
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def fail(number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    return flock


def test_the_lock_file_is_beside_the_contract_while_it_is_held(path):
    with lock_beside(path, always) as is_held:
        assert is_held
        assert [path.with_name(".Web-Users.json.lock")] == list(path.parent.iterdir())
    assert [] == list(path.parent.iterdir())


def test_an_error_inside_releases_the_lock(path):
    with pytest.raises(KeyError), lock_beside(path, always):
        raise KeyError

    assert [] == list(path.parent.iterdir())


def test_a_wait_ends_with_an_error_that_names_the_holder(path, holder, monkeypatch):
    monkeypatch.setenv("PYPACT_LOCK_TIMEOUT", "0.02")

    with (
        pytest.raises(
            StoreError,
            match=rf"Users\.json cannot be locked: held for over 0\.02 s by process "
            rf"{holder.pid} \(.*\) on .*PYPACT_LOCK_TIMEOUT",
        ),
        lock_beside(path, always),
    ):
        pass


def test_a_dead_holder_never_blocks(path, holder, monkeypatch):
    monkeypatch.setenv("PYPACT_LOCK_TIMEOUT", "5")
    holder.kill()
    holder.wait()

    left = path.with_name(".Web-Users.json.lock")
    left.write_text("x" * 300)
    with lock_beside(path, always):
        assert left.read_text().startswith(f"process {os.getpid()} (")
        assert not left.read_text().endswith("xx")
    assert [] == list(path.parent.iterdir())


def test_waiting_stops_without_the_lock_when_it_is_no_longer_needed(path, holder):
    with lock_beside(path, lambda: False) as is_held:
        assert not is_held


def test_the_holder_is_unknown_if_its_file_cannot_be_read(path, holder, monkeypatch):
    monkeypatch.setenv("PYPACT_LOCK_TIMEOUT", "0")
    path.with_name(".Web-Users.json.lock").write_bytes(b"")

    with (
        pytest.raises(StoreError, match="by an unknown process"),
        lock_beside(path, always),
    ):
        pass


def test_threads_exclude_each_other(path):
    inside, most = [], []

    def enter():
        with lock_beside(path, always):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [1] * 8 == most


@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_was_removed_while_waiting_is_not_a_lock(
    path, monkeypatch, replaced
):
    """The holder removes the file, and the next one creates another."""
    path.parent.mkdir()
    flock, removed = lock._lock_at_once, []

    def flock_and_lose(descriptor):
        flock(descriptor)
        if not removed:
            removed.append(1)
            path.with_name(".Web-Users.json.lock").unlink()
            if replaced:
                path.with_name(".Web-Users.json.lock").touch()

    monkeypatch.setattr(lock, "_lock_at_once", flock_and_lose)
    with lock_beside(path, always) as is_held:
        assert is_held
        assert [1] == removed
        assert path.with_name(".Web-Users.json.lock").read_text()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_filesystem_without_locks_is_a_named_error(path, monkeypatch, number):
    monkeypatch.setattr(lock, "_lock_at_once", fail(number))

    with (
        pytest.raises(
            StoreError, match="the filesystem of its folder does not support"
        ),
        lock_beside(path, always),
    ):
        pass


def test_another_error_of_the_system_is_shown(path, monkeypatch):
    monkeypatch.setattr(lock, "_lock_at_once", fail(errno.EIO))

    with (
        pytest.raises(StoreError, match=r"cannot be locked: Input/output error"),
        lock_beside(path, always),
    ):
        pass


def test_the_lock_of_another_user_is_opened_for_reading(path, monkeypatch):
    path.parent.mkdir()
    path.with_name(".Web-Users.json.lock").write_text("process 1")
    opened, open_file = [], os.open

    def open_as_another(name, flags, *mode):
        opened.append(flags & os.O_RDWR)
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return open_file(name, flags, *mode)

    monkeypatch.setattr(lock.os, "open", open_as_another)
    with lock_beside(path, always) as is_held:
        monkeypatch.undo()

        assert is_held
        assert [os.O_RDWR, 0] == opened
        assert "process 1" == path.with_name(".Web-Users.json.lock").read_text()


def test_a_lock_that_cannot_be_read_yet_is_waited_for(path, monkeypatch):
    path.parent.mkdir()
    made = path.with_name(".Web-Users.json.lock")
    made.write_text("")
    open_file, refused = os.open, []

    def open_as_another(*args):
        if len(refused) < 4:  # two attempts
            refused.append(args)
            raise PermissionError(13, "Permission denied")
        return open_file(*args)

    monkeypatch.setattr(lock.os, "open", open_as_another)
    with lock_beside(path, always) as is_held:
        assert is_held


@pytest.mark.parametrize("is_refused", [False, True])
def test_other_users_can_read_the_lock_whatever_the_umask(
    path, monkeypatch, is_refused
):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    if is_refused:  # as for the file of another user
        monkeypatch.setattr(lock.os, "chmod", refuse)
    before = os.umask(0o077)
    try:
        with lock_beside(path, always):
            mode = path.with_name(".Web-Users.json.lock").stat().st_mode & 0o777
    finally:
        os.umask(before)

    assert (0o600 if is_refused else 0o644) == mode


def test_a_hard_link_in_place_of_the_lock_is_not_written(path, tmp_path):
    path.parent.mkdir()
    (tmp_path / "precious").write_text("kept")
    path.with_name(".Web-Users.json.lock").hardlink_to(tmp_path / "precious")

    with lock_beside(path, always) as is_held:
        assert is_held
    assert "kept" == (tmp_path / "precious").read_text()


def test_a_folder_that_cannot_be_written_is_an_error(path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(lock.os, "open", refuse)
    with (
        pytest.raises(StoreError, match="cannot be locked: Permission denied"),
        lock_beside(path, always),
    ):
        pass


def test_a_symbolic_link_in_place_of_the_lock_is_refused(path, tmp_path):
    path.parent.mkdir()
    (tmp_path / "precious").write_text("kept")
    path.with_name(".Web-Users.json.lock").symlink_to(tmp_path / "precious")

    with (
        pytest.raises(StoreError, match=r"\.lock is not a regular file .*: remove it"),
        lock_beside(path, always),
    ):
        pass
    assert "kept" == (tmp_path / "precious").read_text()


@pytest.mark.parametrize("value", ["soon", "-1", "nan"])
def test_a_limit_that_is_not_a_number_of_seconds_is_refused(path, monkeypatch, value):
    monkeypatch.setenv("PYPACT_LOCK_TIMEOUT", value)

    with (
        pytest.raises(InvalidExpectation, match=f"number of seconds, got '{value}'"),
        lock_beside(path, always),
    ):
        pass


def test_a_forked_child_that_leaves_the_lock_of_its_parent_keeps_it(path):
    with lock_beside(path, always):
        held = set(lock._HELD)
        lock._close_in_child()

    assert held
    assert not lock._HELD
    assert path.with_name(".Web-Users.json.lock").exists()


def test_a_forked_child_does_not_keep_the_lock_of_its_parent(path):
    held = threading.Event()
    left = threading.Event()

    def hold():
        with lock_beside(path, always):
            held.set()
            left.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        os._exit(len(lock._HELD))
    _, status = os.waitpid(child, 0)
    left.set()
    thread.join()

    assert 0 == os.waitstatus_to_exitcode(status)
    with lock_beside(path, always) as is_held:
        assert is_held


def test_the_lock_names_its_holder_and_has_the_usual_permissions(path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/tests.py"])
    lock._describe_holder.cache_clear()
    before = os.umask(0o022)
    try:
        with lock_beside(path, always) as is_held:
            [held] = path.parent.iterdir()
            text, mode = held.read_text(), held.stat().st_mode & 0o777
    finally:
        os.umask(before)
        lock._describe_holder.cache_clear()

    assert is_held is True
    assert f"process {os.getpid()} (tests.py) on {socket.gethostname()}" == text
    assert (".Web-Users.json.lock", 0o644) == (held.name, mode)


@pytest.mark.parametrize("argv", [[], [""]])
def test_a_holder_without_a_script_is_python(monkeypatch, argv):
    monkeypatch.setattr(sys, "argv", argv)

    text = lock._describe_holder.__wrapped__(5).decode()

    assert f"process 5 (python) on {socket.gethostname()}" == text


def test_the_pauses_grow_up_to_a_limit(path, monkeypatch):
    pauses = []
    monkeypatch.setenv("PYPACT_LOCK_TIMEOUT", "0.1")
    monkeypatch.setattr(lock, "_try_to_lock", lambda _: None)
    monkeypatch.setattr(lock, "sleep", pauses.append)
    monkeypatch.setattr(lock.random, "random", lambda: 0.5)

    with pytest.raises(StoreError) as raised, lock_beside(path, always):
        pass

    first = [0.0015, 0.00225, 0.003375, 0.0050625, 0.00759375, 0.011390625]
    assert [*first, 0.0170859375, 0.02, 0.02, 0.02] == pytest.approx(pauses)
    assert (
        f"{path} cannot be locked: held for over 0.1 s by an unknown process "
        "(PYPACT_LOCK_TIMEOUT=SECONDS sets another limit)"
    ) == str(raised.value)


@pytest.mark.parametrize(
    ("value", "limit"), [(None, 60), ("", 60), ("0", 0), ("2.5", 2.5)]
)
def test_the_limit_is_that_of_the_environment(monkeypatch, value, limit):
    monkeypatch.delenv("PYPACT_LOCK_TIMEOUT", raising=False)
    if value is not None:
        monkeypatch.setenv("PYPACT_LOCK_TIMEOUT", value)

    assert limit == lock._read_limit()


@pytest.mark.parametrize("value", ["x", "-1", "nan"])
def test_the_text_for_an_invalid_limit_is_complete(path, monkeypatch, value):
    monkeypatch.setenv("PYPACT_LOCK_TIMEOUT", value)

    with pytest.raises(InvalidExpectation) as raised, lock_beside(path, always):
        pass

    problem = "PYPACT_LOCK_TIMEOUT must be a number of seconds, got"
    assert f"{problem} {value!r}" == str(raised.value)


def test_the_text_for_a_filesystem_without_locks_is_complete(path, monkeypatch):
    monkeypatch.setattr(lock.fcntl, "flock", fail(errno.ENOLCK))

    with pytest.raises(StoreError) as raised, lock_beside(path, always):
        pass

    assert (
        f"{path} cannot be locked: the filesystem of its folder does not support file "
        f"locks ({os.strerror(errno.ENOLCK)}); choose a folder on another one "
        "(pact_dir, or PACT_OUTPUT_DIR)"
    ) == str(raised.value)
    assert not lock._HELD
    assert [] == list(path.parent.iterdir())
