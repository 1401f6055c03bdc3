"""What is asked once, and by whom."""

import pytest

from pypact import spool
from pypact.errors import StoreError


class Server:
    def __init__(self, failure=None):
        self.asked = 0
        self.failure = failure

    def __call__(self):
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return self.asked


def test_outside_of_collecting_everything_is_asked_anew():
    server = Server()

    assert [1, 2] == [spool.once(("a",), server) for _ in range(2)]
    with spool.opened():
        spool.once(("a",), server)
    assert 4 == spool.once(("a",), server)


def test_while_it_is_open_a_question_is_asked_once():
    server = Server()

    with spool.opened():
        assert [1, 1] == [spool.once(("a",), server) for _ in range(2)]
        assert 2 == spool.once(("b",), server)


def test_who_opens_the_same_folder_gets_the_same(tmp_path):
    server = Server()

    for _ in range(3):
        with spool.opened(str(tmp_path)):
            assert 1 == spool.once(("a",), server)


def test_a_failure_is_shared_as_well(tmp_path):
    server = Server(StoreError("it is gone"))

    for _ in range(2):
        with spool.opened(str(tmp_path)), pytest.raises(StoreError, match="it is gone"):
            spool.once(("a",), server)
    assert 1 == server.asked


def test_a_folder_of_another_machine_is_not_made(tmp_path):
    with spool.opened(str(tmp_path / "none")):
        assert 1 == spool.once(("a",), Server())

    assert [] == [*tmp_path.iterdir()]


def test_nothing_of_the_question_is_written(tmp_path):
    with spool.opened(str(tmp_path)):
        spool.once(("http://pacts.test", "Bearer t0ken-123"), Server())

    files = [path for path in tmp_path.iterdir() if path.suffix != ".lock"]
    assert 1 == len(files)
    for path in tmp_path.iterdir():
        assert b"t0ken-123" not in path.name.encode() + path.read_bytes()
