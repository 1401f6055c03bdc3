"""The official verifier accepts contracts with records of tests."""

import pytest
from foreign import pact_cli, run_foreign, served
from interactions import build_pact

from pypact.formats import read_pact, write_pact
from pypact.formats.records import NamedTest, make_record, with_records

pytestmark = [pytest.mark.foreign, pytest.mark.enable_socket]


def provider(_environ, start_response):
    start_response("200 OK", [])
    return [b""]


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0", "3.0.0", "4.0"])
def test_the_official_verifier_accepts_contracts_with_records(tmp_path, version):
    path = tmp_path / "p.json"
    found = read_pact(build_pact(version))
    record = make_record(found.interactions[0], NamedTest("suite", "a.py::x"))
    write_pact(with_records(found, [record]), path)
    with served(provider) as port:
        done = run_foreign(
            *(pact_cli(), "verifier", "--file", path),
            *("--hostname", "127.0.0.1", "--port", port),
        )

    assert record in path.read_text(encoding="utf-8")
    assert 0 == done.returncode, done.stdout + done.stderr
