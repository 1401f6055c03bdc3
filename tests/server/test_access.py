"""Web pages cannot administer the mock server, and clients write only where allowed."""

import json

import pytest

import pypact
from pypact._process import allow_writing, forbid_writing
from pypact.errors import ServerError
from pypact.server.access import allow_administration
from pypact.server.app import MockApp
from pypact.server.session import Session, WriteOptions

OWN = "http://localhost:1"
ADMINISTRATION = [
    ("GET", "/", None),
    ("POST", "/interactions", {"description": "d", "request": {}, "response": {}}),
    ("PUT", "/interactions", {"interactions": []}),
    ("DELETE", "/interactions", None),
    ("GET", "/interactions/missing", None),
    ("GET", "/interactions/verification", None),
    ("DELETE", "/session", None),
    ("GET", "/log?msg=x", None),
    ("POST", "/pact", None),
    ("POST", "/pact/", None),
]
FOREIGN_HOSTS = [
    "page.test",
    "page.test:1",
    "localhost.page.test",
    "127.0.0.1.page.test",
    "notlocalhost",
    "192.168.0.7:8080",
    "0.0.0.0",
    "[::]:1",
    "[fe80::1]",
    "127.1",
    "localhost@page.test",
    "localhost/page.test",
    "localhost page.test",
    "localhost, page.test",
    "localhost:x",
    "",
    None,
]
FOREIGN_ORIGINS = [
    "http://page.test",
    "null",
    "",
    "file://",
    "http://localhost",
    "http://localhost:2",
    "https://localhost:1",
    "http://127.0.0.1:1",
    "http://localhost.page.test:1",
    "http://localhost:1@page.test",
    "http://localhost:1/page",
    "http://localhost:x",
    "chrome-extension://abc",
]


def assert_is_refused(got):
    assert 403 == got.status
    assert not [name for name in got.headers if name.startswith("Access-Control")]
    assert "X-Pact-Mock-Service-Location" not in got.headers
    return got.json()["message"]


@pytest.mark.parametrize(("method", "target", "body"), ADMINISTRATION)
@pytest.mark.parametrize(
    "headers", [{"Host": "page.test"}, {"Origin": "http://page.test"}]
)
def test_no_administration_is_open_to_pages(admin, method, target, body, headers):
    assert_is_refused(admin(method, target, body, **headers))
    assert 200 == admin(method, target, body).status or target.startswith("/pact")


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_host_that_is_not_loopback_is_refused(admin, host):
    message = assert_is_refused(admin("GET", "/", Host=host))

    assert f"loopback Host, got {host or ''}" in message
    assert "allow_hosts= (--allow-host)" in message


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:8080",
        "localhost.",
        "127.0.0.1:1",
        "127.9.9.9",
        "[::1]:1",
        "[0:0:0:0:0:0:0:1]",
    ],
)
def test_loopback_hosts_are_accepted(admin, host):
    assert 200 == admin("GET", "/", Host=host).status
    assert 200 == admin("GET", "/", Host=host, Origin=f"http://{host}").status


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_another_origin_is_refused(admin, origin):
    message = assert_is_refused(admin("GET", "/", Origin=origin))

    assert f"pages of other origins, got {origin}" in message
    assert "allow_origins= (--allow-origin)" in message


def test_two_origins_are_refused_if_one_of_them_is_foreign(app, asking):
    admin = asking(app, {"X-Pact-Mock-Service": "1", "origin": OWN})

    assert 200 == admin("GET", "/").status
    assert_is_refused(admin("GET", "/", Origin="http://page.test"))


def test_a_page_of_a_rebound_name_is_refused_although_its_origin_is_the_host(admin):
    assert_is_refused(
        admin("GET", "/", Host="page.test:1", Origin="http://page.test:1")
    )


@pytest.mark.parametrize("has_cors", [False, True])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://page.test"},
        {"Origin": "null"},
        {"Origin": "http://page.test", "Host": "page.test"},
    ],
)
@pytest.mark.parametrize("requested", ["X-Pact-Mock-Service", "a,x-pact-mock-service"])
def test_a_preflight_grants_no_administration(asking, has_cors, headers, requested):
    app = MockApp(Session("MockService", WriteOptions()), cors=has_cors)
    ask = asking(app)

    names = {"Access_Control_Request_Headers": requested}
    assert_is_refused(ask("OPTIONS", "/interactions", **headers, **names))


@pytest.mark.parametrize("headers", [{"Host": "page.test"}, {"Origin": "null"}])
def test_mocked_responses_keep_cors(asking, headers):
    app = MockApp(Session("MockService", WriteOptions()), cors=True)
    admin, ask = asking(app, {"X-Pact-Mock-Service": "1"}), asking(app)
    admin("POST", "/interactions", {"description": "d", "request": {}, "response": {}})

    for got in (ask("GET", "/", **headers), ask("OPTIONS", "/", **headers)):
        assert 200 == got.status
        assert headers.get("Origin", "*") == got.headers["Access-Control-Allow-Origin"]


def test_a_consumers_request_with_the_header_gets_no_cors_headers(admin):
    got = admin("GET", "/users", Origin="http://page.test")

    assert 500 == got.status
    assert "No interaction found" in got.json()["message"]
    assert "Access-Control-Allow-Origin" not in got.headers


def test_hosts_and_origins_are_allowed_by_name(asking):
    access = allow_administration(
        "build.internal", ["Mock", "10.0.0.7", "fd00::7"], ["http://Karma.test:9876"]
    )
    app = MockApp(Session("MockService", WriteOptions()), access=access)
    admin = asking(app, {"X-Pact-Mock-Service": "1"})

    for host in ("build.internal", "mock:1", "10.0.0.7:1", "[fd00::7]:1"):
        assert 200 == admin("GET", "/", Host=host).status
    got = admin("GET", "/", Origin="http://karma.test:9876")
    assert "http://karma.test:9876" == got.headers["Access-Control-Allow-Origin"]
    assert_is_refused(admin("GET", "/", Origin="http://karma.test"))
    assert_is_refused(admin("GET", "/", Host="mock.test"))


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
def test_listening_on_every_address_allows_no_further_host(host):
    assert frozenset() == allow_administration(host, (), ()).hosts


def test_one_name_may_be_given_as_a_string():
    access = allow_administration("localhost", "mock", "https://karma.test")

    assert {"localhost", "mock"} == access.hosts
    assert {"https://karma.test:443"} == access.origins


@pytest.mark.parametrize(
    ("hosts", "origins", "problem"),
    [
        (["*"], [], r"'\*' is not a valid name for allow_hosts"),
        (["*.test"], [], "not a valid name"),
        ([""], [], "not a valid name"),
        (["mock:1234"], [], "without a port"),
        (["http://mock"], [], "not a valid name"),
        (["0.0.0.0"], [], "not a valid name"),
        ([7], [], "allow_hosts must be a list of strings, got 7 in it"),
        ([], ["*"], r"'\*' is not a valid origin"),
        ([], ["http://*"], "not a valid origin"),
        ([], ["null"], "not a valid origin"),
        ([], ["karma.test"], "not a valid origin"),
        ([], ["http://karma.test/page"], "not a valid origin"),
        ([], [None], "allow_origins must be a list of strings"),
    ],
)
def test_invalid_names_are_refused_at_the_start(hosts, origins, problem):
    with pytest.raises(ServerError, match=problem):
        allow_administration("localhost", hosts, origins)


@pytest.fixture
def use(app, admin, ask, user):
    """Return a function that has a used interaction written to a `pact_dir`."""
    admin("POST", "/interactions", user)
    ask("GET", "/user?id=23")
    return lambda folder, **more: admin("POST", "/pact", {"pact_dir": folder, **more})


def list_files(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*.json"))


def test_nothing_is_written_while_a_session_only_checks(use, tmp_path):
    forbid_writing()
    try:
        assert 200 == use(f"{tmp_path}/pacts").status
    finally:
        allow_writing()

    assert [] == list_files(tmp_path)


@pytest.mark.parametrize("given", ["pacts", "pacts/", "pacts/a/b", "pacts/a/../b"])
def test_a_directory_inside_of_the_servers_is_accepted(use, tmp_path, given):
    assert 200 == use(f"{tmp_path}/{given}").status
    assert 1 == len(list_files(tmp_path / "pacts"))


@pytest.mark.parametrize(
    "given",
    [
        "",
        "other",
        "pacts/..",
        "pacts/../other",
        "pacts/link",
        "pacts/link/deeper",
        "pacts2",
        "/etc",
    ],
)
def test_a_directory_outside_of_the_servers_is_refused(use, tmp_path, given):
    (tmp_path / "pacts").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "pacts" / "link").symlink_to(tmp_path / "other")

    got = use(given if given.startswith("/") else f"{tmp_path}/{given}")

    assert 403 == got.status
    message = got.json()["message"]
    assert f"is not inside of {(tmp_path / 'pacts').resolve()}" in message
    assert "allow_pact_dirs= (--allow-pact-dir)" in message
    assert [] == list_files(tmp_path)


@pytest.mark.parametrize("given", ["a\0b", "\ud800"])
def test_an_impossible_directory_is_refused(use, tmp_path, given):
    got = use(str(tmp_path / "pacts") + given)

    assert got.status in (403, 500)
    assert {"message"} <= got.json().keys()
    assert [] == list_files(tmp_path)


def test_a_relative_directory_begins_at_the_working_directory(
    use, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    assert 403 == use("elsewhere").status
    assert 200 == use("pacts/a").status
    assert ["pacts/a/Web-Users.json"] == list_files(tmp_path)


def test_without_a_directory_clients_write_inside_of_the_working_directory(
    tmp_path, monkeypatch, asking, user
):
    app = MockApp(Session("MockService", WriteOptions("Web", "Users")))
    admin = asking(app, {"X-Pact-Mock-Service": "1"})
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    admin("POST", "/interactions", user)
    asking(app)("GET", "/user?id=23")

    assert 403 == admin("POST", "/pact", {"pact_dir": str(tmp_path)}).status
    assert 200 == admin("POST", "/pact", {"pact_dir": "pacts"}).status
    assert ["here/pacts/Web-Users.json"] == list_files(tmp_path)


@pytest.mark.enable_socket
@pytest.mark.parametrize("as_list", [False, True])
def test_other_directories_can_be_allowed_at_the_start(tmp_path, user, as_list):
    other = tmp_path / "other"
    allowed = [other, tmp_path / "third"] if as_list else str(other)
    with pypact.MockServer(
        port=0,
        consumer="Web",
        provider="Users",
        pact_dir=tmp_path / "pacts",
        allow_pact_dirs=allowed,
    ) as server:
        client = pypact.MockServerClient(server.url)
        interaction = {**user, "request": {"path": "/a"}}
        client.post_interaction(interaction)
        pypact.server.client.requests.get(f"{server.url}/a", timeout=5)
        client.write_pact(pact_dir=other / "deeper")
        with pytest.raises(ServerError, match="is not inside of") as caught:
            client.write_pact(pact_dir=tmp_path)

    assert 403 == caught.value.status
    assert ["other/deeper/Web-Users.json"] == list_files(tmp_path)


@pytest.mark.parametrize("mode", ["overwrite", "merge", "update"])
def test_the_contract_of_another_pair_is_never_overwritten(use, tmp_path, mode):
    names = {"consumer": {"name": "a/b"}, "provider": {"name": "c"}}
    assert 200 == use(str(tmp_path / "pacts"), **names).status
    file = tmp_path / "pacts" / "a_b-c.json"
    before = file.read_bytes()

    names["consumer"]["name"] = "a:b"
    got = use(str(tmp_path / "pacts"), **names, pactfile_write_mode=mode)

    assert 500 == got.status
    assert "holds the contract of another pair" in got.json()["message"]
    assert before == file.read_bytes()


@pytest.mark.parametrize("mode", ["overwrite", "merge", "update"])
def test_a_file_that_is_not_a_pact_is_never_overwritten(use, tmp_path, mode):
    file = tmp_path / "pacts" / "package-lock.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"name": "web", "lockfileVersion": 3}))
    before = file.read_bytes()

    got = use(
        str(tmp_path / "pacts"),
        consumer={"name": "package"},
        provider={"name": "lock"},
        pactfile_write_mode=mode,
    )

    assert 500 == got.status
    assert "is not a valid pact file and was left unchanged" in got.json()["message"]
    assert before == file.read_bytes()
