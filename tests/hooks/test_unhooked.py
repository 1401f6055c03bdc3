"""What blocks say about requests that they cannot intercept."""

import multiprocessing
import subprocess
import sys
from types import ModuleType

import pytest
import requests

import pypact
from pypact.hooks.unhooked import check_urllib3

BASE = "https://users.example.com"


@pytest.fixture
def pact(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200)
    return pact


def import_fake(monkeypatch, name, **attributes):
    module = ModuleType(name)
    vars(module).update(attributes)
    monkeypatch.setitem(sys.modules, name, module)
    return module


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("pycurl", "pycurl"),
        ("tornado.httpclient", "tornado"),
        ("treq", "treq"),
        ("websocket", "websocket-client"),
        ("websockets", "websockets"),
    ],
)
def test_a_missing_request_names_clients_without_a_hook(
    pact, monkeypatch, module, name
):
    import_fake(monkeypatch, module)

    with (
        pytest.raises(
            pypact.MissingRequests, match=f"imported, but not intercepted: .*{name}"
        ),
        pact.intercept(),
    ):
        pass


def test_a_missing_request_names_started_processes(pact):
    with (
        pytest.raises(
            pypact.MissingRequests, match="processes started in the block: 1 "
        ),
        pact.intercept(),
    ):
        subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True)


@pytest.mark.parametrize("kind", ["popen_spawn_posix", "popen_forkserver"])
def test_a_missing_request_names_processes_of_multiprocessing(pact, monkeypatch, kind):
    module = pytest.importorskip(
        f"multiprocessing.{kind}", reason="Windows has neither", exc_type=ImportError
    )
    monkeypatch.setattr(module.Popen, "_launch", lambda *_: None)

    with (
        pytest.raises(pypact.MissingRequests, match="spawn or forkserver"),
        pact.intercept(),
    ):
        module.Popen(multiprocessing.Process())


def test_a_block_refuses_the_replacement_of_urllib3(pact, monkeypatch):
    import_fake(monkeypatch, "urllib3_future", __version__="2.25.904")

    with pytest.raises(
        pypact.BlockMisuse, match=r"urllib3\.future 2\.25\.904 .* niquests"
    ):
        pact.intercept().__enter__()


@pytest.mark.parametrize("version", ["2.12.900", "2.25.904", "1.26.20"])
def test_other_versions_of_urllib3_are_refused(monkeypatch, version):
    module = import_fake(monkeypatch, "urllib3", __version__=version)

    with pytest.raises(pypact.BlockMisuse, match=f"{version} is imported"):
        check_urllib3(module)


@pytest.mark.parametrize("version", ["2.0.7", "2.8.0", "3.0", "dev", None])
def test_urllib3_itself_is_accepted(monkeypatch, version):
    module = import_fake(monkeypatch, "urllib3", __version__=version)

    assert check_urllib3(module) is None


def test_a_block_that_records_nothing_is_an_error(pact, monkeypatch):
    import_fake(monkeypatch, "pycurl")

    with (
        pytest.raises(pypact.MissingRequests) as error,
        pact.record(base_url="http://a.test"),
    ):
        pass

    text = str(error.value)
    assert "no call was recorded" in text
    assert f"calls to {BASE}" in text
    assert "test_unhooked.py:" in text
    assert "pycurl" in text


def test_another_error_of_a_recording_block_has_precedence(pact):
    with pytest.raises(ZeroDivisionError), pact.record(base_url="http://a.test"):
        raise ZeroDivisionError


class FakeFiles:
    """A stand-in for pyfakefs, of which the test environment has no copy."""

    def __init__(self):
        self.is_patching = True

    def __enter__(self):
        self.is_patching = False

    def __exit__(self, *_):
        self.is_patching = True


def test_contracts_are_written_to_real_files(pact, monkeypatch, tmp_path):
    files = FakeFiles()
    library = import_fake(
        monkeypatch, "pyfakefs.fake_filesystem_unittest", Pause=lambda patcher: patcher
    )
    library.Patcher = ModuleType("Patcher")
    library.Patcher.PATCHER = files
    replaced = []
    replace = pypact._process.os.replace

    def replace_file(*arguments):
        replaced.append(files.is_patching)
        replace(*arguments)

    monkeypatch.setattr("os.replace", replace_file)

    with pact.intercept():
        requests.get(BASE, timeout=5)

    assert replaced == [False]
    assert files.is_patching
    assert (tmp_path / "Web-Users.json").exists()
