"""Names of consumers and folders are safe in the file system, or refused."""

import pytest
import requests

import pypact

URL = "https://users.example.com"


@pytest.mark.parametrize(
    "name",
    ["🐶", "a\0b", "\ud800x", "CON", "..", "../../x", "a\nb", "🐶" * 200, "\u202ex"],
    ids=ascii,
)
def test_any_other_name_is_written_and_read_back(tmp_path, name):
    pact = pypact.Consumer(name).has_pact_with("Users", base_url=URL, pact_dir=tmp_path)
    pact.upon_receiving("a").with_request("GET", "/a").will_respond_with(200)
    with pact.intercept():
        requests.get(f"{URL}/a", timeout=5)

    [path] = tmp_path.iterdir()
    assert path == pact.write()
    assert name == pypact.read_pact(path).consumer


@pytest.mark.parametrize("name", ["", " ", None, 7])
def test_a_name_that_is_empty_or_no_string_is_refused(name):
    with pytest.raises(pypact.InvalidExpectation, match="name of a consumer must be"):
        pypact.Consumer(name)


def test_names_that_share_a_file_are_refused(tmp_path):
    for name in ("a/b", "a:b"):
        pact = pypact.Consumer(name).has_pact_with("Users", pact_dir=tmp_path)
        pact.upon_receiving("a").with_request("GET", "/a").will_respond_with(200)
        block = pact.intercept()
        block.__enter__()
        requests.get(f"{URL}/a", timeout=5)
        if name == "a/b":
            block.__exit__(None, None, None)

    with pytest.raises(pypact.StoreError, match="holds the contract of another pair"):
        block.__exit__(None, None, None)


@pytest.mark.parametrize("folder", ["a\0b", "\ud800"])
def test_a_folder_that_cannot_exist_is_refused(folder):
    consumer = pypact.Consumer("Web")

    with pytest.raises(pypact.InvalidExpectation, match="not a valid directory for"):
        consumer.has_pact_with("Users", pact_dir=folder)
