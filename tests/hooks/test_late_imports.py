"""Interception of clients that are imported inside of a block."""

import subprocess
import sys

import pytest

HEAD = """
import sys, pypact, tempfile
pact = pypact.Consumer("Web").has_pact_with(
    "Users", base_url="http://u.test", pact_dir=tempfile.mkdtemp()
)
(pact.upon_receiving("a").with_request("GET", "/a")
     .will_respond_with(200, body={"x": 1}).optional())
(pact.upon_receiving("rpc").with_request("POST", "/RPC2").will_respond_with(
    200,
    headers={"Content-Type": "text/xml"},
    body="<methodResponse><params><param><value><int>5</int></value></param></params>"
         "</methodResponse>",
).optional())
with pact.intercept() as calls:
"""

TAIL = """
assert len(calls) == 1, calls
assert not [one for one in sys.meta_path if type(one).__module__.startswith("pypact")]
"""

USES = {
    "httpx": """
    import httpx
    assert httpx.get("http://u.test/a").json() == {"x": 1}
""",
    "httpx2": """
    import httpx2
    assert httpx2.get("http://u.test/a").json() == {"x": 1}
""",
    "httpx2 called httpx": """
    import httpx2
    httpx2.alias_httpx()
    import httpx
    assert httpx.get("http://u.test/a").json() == {"x": 1}
""",
    "aiohttp": """
    import asyncio, aiohttp
    async def fetch():
        async with aiohttp.ClientSession() as session:
            async with session.get("http://u.test/a") as response:
                return await response.json()
    assert asyncio.run(fetch()) == {"x": 1}
""",
    "urllib.request": """
    import urllib.request
    assert urllib.request.urlopen("http://u.test/a").read() == b'{"x":1}'
""",
    "xmlrpc.client": """
    import xmlrpc.client
    assert xmlrpc.client.ServerProxy("http://u.test/RPC2").add(2, 3) == 5
""",
}


QUICK = ["httpx", "aiohttp", "urllib.request"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow)
        for name in USES
    ],
)
def test_a_client_imported_inside_of_the_block_is_intercepted(name):
    run = subprocess.run(
        [sys.executable, "-c", HEAD + USES[name] + TAIL],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == run.returncode, run.stderr
