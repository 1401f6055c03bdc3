"""Results are shared between the processes of a run during collection."""

import pytest

from pypact import _process
from pypact.errors import StoreError


class Server:
    def __init__(self, failure=None):
        self.calls = 0
        self.failure = failure

    def __call__(self):
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        return self.calls


def test_outside_of_collection_every_call_is_made():
    server = Server()

    assert [1, 2] == [_process.run_once(("a",), server) for _ in range(2)]
    with _process.share_results():
        _process.run_once(("a",), server)
    assert 4 == _process.run_once(("a",), server)


def test_during_collection_each_question_is_asked_once():
    server = Server()

    with _process.share_results():
        assert [1, 1] == [_process.run_once(("a",), server) for _ in range(2)]
        assert 2 == _process.run_once(("b",), server)


def test_processes_with_the_same_folder_share_results(tmp_path):
    server = Server()

    for _ in range(3):
        with _process.share_results(str(tmp_path)):
            assert 1 == _process.run_once(("a",), server)


def test_an_error_is_shared_as_well(tmp_path):
    server = Server(StoreError("it is gone"))

    for _ in range(2):
        with (
            _process.share_results(str(tmp_path)),
            pytest.raises(StoreError, match="it is gone"),
        ):
            _process.run_once(("a",), server)
    assert 1 == server.calls


def test_a_missing_folder_is_not_created(tmp_path):
    with _process.share_results(str(tmp_path / "none")):
        assert 1 == _process.run_once(("a",), Server())

    assert [] == [*tmp_path.iterdir()]


def test_the_question_is_not_written_to_the_folder(tmp_path):
    with _process.share_results(str(tmp_path)):
        _process.run_once(("http://pacts.test", "Bearer t0ken-123"), Server())

    files = [path for path in tmp_path.iterdir() if path.suffix != ".lock"]
    assert 1 == len(files)
    for path in tmp_path.iterdir():
        assert b"t0ken-123" not in path.name.encode() + path.read_bytes()
