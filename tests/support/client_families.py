"""Client families with a common method: `request(method, url, …) -> Reply`.

Each family uses its client in the usual way; they share only the type of the reply.
"""

import asyncio
import contextlib
import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx2
import requests
import urllib3

TIMEOUT = 5


@dataclass
class Reply:
    status: int
    reason: str
    headers: list
    content: bytes

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]


OF_SOCKETS = {
    "connect_timeout": TimeoutError,
    "connection_reset": ConnectionResetError,
    "name_not_found": OSError,
    "read_timeout": TimeoutError,
    "slow_body": TimeoutError,
    "truncated_body": http.client.IncompleteRead,
}

OF_REQUESTS = {
    "connect_timeout": requests.exceptions.ConnectTimeout,
    "connection_reset": requests.exceptions.ConnectionError,
    "name_not_found": requests.exceptions.ConnectionError,
    "read_timeout": requests.exceptions.ReadTimeout,
    "slow_body": requests.exceptions.ConnectionError,  # requests raises this itself
    "truncated_body": requests.exceptions.ChunkedEncodingError,
}

OF_URLLIB3 = {
    "connect_timeout": urllib3.exceptions.ConnectTimeoutError,
    "connection_reset": urllib3.exceptions.ProtocolError,
    "name_not_found": urllib3.exceptions.NameResolutionError,
    "read_timeout": urllib3.exceptions.ReadTimeoutError,
    "slow_body": urllib3.exceptions.ReadTimeoutError,
    "truncated_body": urllib3.exceptions.ProtocolError,
}

OF_AIOHTTP = {
    "connect_timeout": aiohttp.ConnectionTimeoutError,
    "connection_reset": aiohttp.ClientOSError,
    "name_not_found": aiohttp.ClientConnectorDNSError,
    "read_timeout": aiohttp.SocketTimeoutError,
    "slow_body": aiohttp.SocketTimeoutError,
    "truncated_body": aiohttp.ClientPayloadError,
}

OF_URLLIB = {
    **OF_SOCKETS,
    "connect_timeout": urllib.error.URLError,
    "name_not_found": urllib.error.URLError,
}


PLAIN = urllib3.Retry(
    connect=False, read=False, redirect=5, respect_retry_after_header=False
)

# `verify=False`: loading certificates takes longer than any test here.
OF_HTTPX = {"trust_env": False, "follow_redirects": True, "verify": False}


class Family:
    decodes = True  # whether it decodes a Content-Encoding
    redirects = True  # whether it can follow redirects
    keeps_cookies = True
    timeout = TIMEOUT
    errors = None  # kind of a fault → exception of the client

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        pass

    def __repr__(self):
        return type(self).__name__


class Requests(Family):
    errors = OF_REQUESTS

    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False
        self.close = self.session.close

    def request(self, method, url, *, headers=None, body=None):
        found = self.session.request(
            method, url, headers=headers, data=body, timeout=self.timeout
        )
        lines = list(found.raw.headers.iteritems())
        return Reply(found.status_code, found.reason, lines, found.content)


class Urllib3(Family):
    keeps_cookies = False
    errors = OF_URLLIB3

    def __init__(self):
        self.pools = urllib3.PoolManager()
        self.close = self.pools.clear

    def request(self, method, url, *, headers=None, body=None):
        found = self.pools.request(
            method,
            url,
            headers=headers,
            body=body,
            timeout=self.timeout,
            retries=PLAIN,
        )
        lines = list(found.headers.iteritems())
        return Reply(found.status, found.reason, lines, found.data)


def httpx_errors(library):
    return {
        "connect_timeout": library.ConnectTimeout,
        "connection_reset": library.ReadError,
        "name_not_found": library.ConnectError,
        "read_timeout": library.ReadTimeout,
        "slow_body": library.ReadTimeout,
        "truncated_body": library.RemoteProtocolError,
    }


class Httpx(Family):
    library = httpx
    errors = httpx_errors(httpx)

    def __init__(self):
        self.client = self.library.Client(**OF_HTTPX)
        self.close = self.client.close

    def request(self, method, url, *, headers=None, body=None):
        found = self.client.request(
            method, url, headers=headers, content=body, timeout=self.timeout
        )
        lines = found.headers.multi_items()
        return Reply(found.status_code, found.reason_phrase, lines, found.content)


class Httpx2(Httpx):
    library = httpx2
    errors = httpx_errors(httpx2)


class Async(Family):
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.client = self.loop.run_until_complete(self.open())

    def close(self):
        self.loop.run_until_complete(self.shut())
        self.loop.close()

    def request(self, method, url, *, headers=None, body=None):
        if body is not None and not isinstance(body, (bytes, str)):
            body = in_turn(body)
        return self.loop.run_until_complete(self.send(method, url, headers, body))


async def in_turn(pieces):
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


class HttpxAsync(Async):
    library = httpx
    errors = httpx_errors(httpx)

    async def open(self):
        return self.library.AsyncClient(**OF_HTTPX)

    async def shut(self):
        await self.client.aclose()

    async def send(self, method, url, headers, body):
        found = await self.client.request(
            method, url, headers=headers, content=body, timeout=self.timeout
        )
        lines = found.headers.multi_items()
        return Reply(found.status_code, found.reason_phrase, lines, found.content)


class Httpx2Async(HttpxAsync):
    library = httpx2
    errors = httpx_errors(httpx2)


class Aiohttp(Async):
    errors = OF_AIOHTTP

    async def open(self):
        # "unsafe" accepts cookies from IP addresses, such as the loopback server's.
        return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def shut(self):
        await self.client.close()

    async def send(self, method, url, headers, body):
        timeout = aiohttp.ClientTimeout(sock_read=self.timeout)
        async with self.client.request(
            method, url, headers=headers, data=body, timeout=timeout
        ) as found:
            content = await found.read()
            lines = list(found.headers.items())
            return Reply(found.status, found.reason, lines, content)


class HttpClient(Family):
    decodes = redirects = keeps_cookies = False
    errors = OF_SOCKETS

    def __init__(self):
        self.connections = {}

    def request(self, method, url, *, headers=None, body=None):
        parts = urlsplit(url)
        if parts.netloc not in self.connections:
            self.connections[parts.netloc] = http.client.HTTPConnection(
                parts.hostname, parts.port or 80, timeout=self.timeout
            )
        connection = self.connections[parts.netloc]
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body=body, headers=headers or {})
            found = connection.getresponse()
            content = found.read()
        except Exception:
            connection.close()
            raise
        return Reply(found.status, found.reason, found.getheaders(), content)

    def close(self):
        for connection in self.connections.values():
            connection.close()


class UrllibRequest(Family):
    decodes = False
    errors = OF_URLLIB

    def __init__(self):
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor()
        )

    def request(self, method, url, *, headers=None, body=None):
        if isinstance(body, str):
            body = body.encode()
        request = urllib.request.Request(
            url, data=body, headers=headers or {}, method=method
        )
        try:
            answer = self.opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            answer = error
        with contextlib.closing(answer) as found:
            lines = list(found.headers.items())
            return Reply(found.status, found.reason, lines, found.read())


FAMILIES = [
    Requests,
    Urllib3,
    Httpx,
    HttpxAsync,
    Httpx2,
    Httpx2Async,
    Aiohttp,
    HttpClient,
    UrllibRequest,
]
