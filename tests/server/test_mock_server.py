"""Starting and stopping mock servers, in this process and in others."""

import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
import requests

import pypact

pytestmark = pytest.mark.enable_socket


def run(code, folder, *, timeout=60):
    file = folder / "script.py"
    file.write_text(textwrap.dedent(code))
    return subprocess.run(
        [sys.executable, str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        cwd=folder,
    )


@pytest.mark.parametrize(
    "method",
    [
        "spawn",  # the only one on all systems
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("fork", "forkserver")),
    ],
)
def test_a_server_process_serves_until_it_is_terminated(tmp_path, method):
    """The target function contains nothing but `pypact.MockServer()`."""
    code = f"""
        import multiprocessing, sys, time
        import requests
        import pypact

        def start_server(port):
            pypact.MockServer(port=port)

        if __name__ == "__main__":
            multiprocessing.set_start_method({method!r})
            with pypact.MockServer(port=0) as probe:
                port = probe.port
            p = multiprocessing.Process(target=start_server, args=(port,))
            p.daemon = True
            p.start()
            for _ in range(200):
                try:
                    url = f"http://localhost:{{port}}/"
                    headers = {{"X-Pact-Mock-Service": "true"}}
                    print(requests.get(url, headers=headers, timeout=5).text.strip())
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            time.sleep(0.2)
            print(p.is_alive())
            client = pypact.MockServerClient(url)
            client.post_interaction(
                {{"description": "d", "request": {{"path": "/a"}}, "response": {{}}}}
            )
            requests.get(url + "a", timeout=5)
            print(len(client.write_pact("C", "P", pact_dir="pacts")["interactions"]))
            p.terminate()
            p.join(10)
            print(p.exitcode)
    """
    done = run(code, tmp_path)

    lines = done.stdout.split("\n")
    assert ["Mock service running", "True", "1", "-15"] == lines[:4], done.stderr


def test_a_script_exits_with_an_open_server(tmp_path):
    done = run(
        "import pypact; print(pypact.MockServer(port=0).url)", tmp_path, timeout=20
    )

    assert (0, "") == (done.returncode, done.stderr)


def test_closed_servers_leave_no_threads():
    before = threading.active_count()
    for _ in range(20):
        with pypact.MockServer(port=0) as server:
            requests.get(server.url, timeout=5)

    assert before == threading.active_count()


def test_closing_writes_the_contract_that_no_client_requested(tmp_path):
    pact = pypact.Consumer("C").has_pact_with("P", specification="2.0.0")
    builder = pact.upon_receiving("d").with_request("GET", "/a").will_respond_with(200)
    with pypact.MockServer(
        port=0, consumer="C", provider="P", pact_dir=tmp_path / "pacts"
    ) as server:
        pypact.MockServerClient(server.url).post_interaction(builder)
        requests.get(f"{server.url}/a", timeout=5)

    contract = pypact.read_pact(tmp_path / "pacts" / "C-P.json")
    assert ["d"] == [one.description for one in contract.interactions]


def test_a_block_that_fails_writes_nothing(tmp_path):
    interaction = {"description": "d", "request": {"path": "/a"}, "response": {}}
    with (
        pytest.raises(KeyError),
        pypact.MockServer(
            port=0, consumer="C", provider="P", pact_dir=tmp_path / "pacts"
        ) as server,
    ):
        pypact.MockServerClient(server.url).post_interaction(interaction)
        requests.get(f"{server.url}/a", timeout=5)
        raise KeyError

    assert not (tmp_path / "pacts").exists()


def test_a_body_of_20_mb_is_matched():
    text = "x" * 20_000_000
    interaction = {
        "description": "d",
        "request": {"method": "POST", "path": "/a", "body": text},
        "response": {"status": 200, "body": text},
    }
    with pypact.MockServer(port=0) as server:
        client = pypact.MockServerClient(server.url)
        client.post_interaction(interaction)
        got = requests.post(
            f"{server.url}/a",
            data=text.encode(),
            headers={"Content-Type": "text/plain"},
            timeout=60,
        )

        assert (200, 20_000_000) == (got.status_code, len(got.content))
        client.verify()


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads Linux's /proc"
)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_body_is_held_in_memory_once(tmp_path, is_chunked):
    """Neither reading, matching nor describing a body makes a copy of it."""
    code = f"""
        import re, socket
        from pathlib import Path
        import pypact

        SIZE = 100_000_000
        END = "\\r\\n\\r\\n"

        def peak():
            status = Path("/proc/self/status").read_text()
            return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) * 1024

        with pypact.MockServer(port=0) as server:
            before = peak()
            head = "POST /a HTTP/1.1\\r\\nHost: a\\r\\nContent-Type: text/plain\\r\\n"
            piece = b"x" * 1_000_000
            with socket.create_connection(("127.0.0.1", server.port)) as one:
                if {is_chunked}:
                    one.sendall(f"{{head}}Transfer-Encoding: chunked{{END}}".encode())
                    for _ in range(100):
                        one.sendall(b"f4240\\r\\n" + piece + b"\\r\\n")
                    one.sendall(b"0\\r\\n\\r\\n")
                else:
                    one.sendall(f"{{head}}Content-Length: {{SIZE}}{{END}}".encode())
                    for _ in range(100):
                        one.sendall(piece)
                print(one.recv(12).decode())
            print((peak() - before) / SIZE)
    """
    done = run(code, tmp_path)

    status, factor = done.stdout.splitlines()
    assert "HTTP/1.1 500" == status, done.stderr
    assert 0.9 < float(factor) < 1.3


def test_concurrent_consumers_are_served():
    interactions = [
        {
            "description": f"number {number}",
            "request": {"path": f"/{number}"},
            "response": {"body": {"number": number}},
        }
        for number in range(50)
    ]
    found = {}

    def ask(number):
        url = f"{server.url}/{number}"
        found[number] = requests.get(url, timeout=30).json()["number"]

    with pypact.MockServer(port=0) as server:
        client = pypact.MockServerClient(server.url)
        client.put_interactions(interactions)
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert {number: number for number in range(50)} == found
        assert 0 == client.missing()
        written = client.write_pact("C", "P", write_mode="none")
    assert 50 == len(written["interactions"])


def test_names_in_contracts_and_paths_never_read_or_run_files(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    interaction = {
        "description": "__import__('os').system('touch ran')",
        "request": {"path": "/a"},
        "response": {
            "body": {"json": "{{7*7}}", "file": f"file://{secret}"},
            "headers": {"X": "$(id)"},
        },
    }
    with pypact.MockServer(port=0) as server:
        pypact.MockServerClient(server.url).post_interaction(interaction)
        got = requests.get(f"{server.url}/a", timeout=5)
        other = requests.get(f"{server.url}/../../{secret}", timeout=5)

    assert {"json": "{{7*7}}", "file": f"file://{secret}"} == got.json()
    assert "$(id)" == got.headers["X"]
    assert 500 == other.status_code


def test_a_response_has_the_declared_headers_and_the_correct_length():
    interaction = {
        "description": "d",
        "request": {"path": "/a"},
        "response": {
            "status": 201,
            "headers": {"Content-Length": "999", "Transfer-Encoding": "chunked"},
            "body": {"é": 1},
        },
    }
    with pypact.MockServer(port=0) as server:
        pypact.MockServerClient(server.url).post_interaction(interaction)
        got = requests.get(f"{server.url}/a", timeout=5)

    content = json.dumps({"é": 1}, separators=(",", ":"), ensure_ascii=False).encode()
    assert (201, content) == (got.status_code, got.content)
    assert str(len(content)) == got.headers["Content-Length"]


def test_invalid_options_are_refused():
    with pytest.raises(pypact.ServerError, match="write_mode must be one of"):
        pypact.MockServer(port=0, write_mode="append")
    with pytest.raises(pypact.ServerError, match="'7' is not a Pact Spec"):
        pypact.MockServer(port=0, specification="7")


def test_generators_use_the_url_of_the_server():
    example, regex = "http://localhost:1234/items/2", r".*(/items/\d+)$"
    url = {"type": "MockServerURL", "example": example, "regex": regex}
    interaction = {
        "description": "d",
        "request": {"method": "GET", "path": "/a"},
        "response": {
            "headers": {"Location": example},
            "generators": {"header": {"Location": url}},
        },
    }
    with pypact.MockServer(port=0) as server:
        pypact.MockServerClient(server.url).post_interaction(interaction)
        found = requests.get(f"{server.url}/a", timeout=5)

    assert f"{server.url}/items/2" == found.headers["Location"]


def test_an_interaction_that_needs_a_plugin_cannot_be_registered():
    interaction = {
        "type": "Synchronous/HTTP",
        "description": "d",
        "pluginConfiguration": {"csv": {}},
        "request": {"method": "GET", "path": "/a"},
        "response": {"status": 200},
    }
    with pypact.MockServer(port=0) as server:
        client = pypact.MockServerClient(server.url)

        with pytest.raises(pypact.ServerError, match="it needs the plugin csv"):
            client.post_interaction(interaction)
