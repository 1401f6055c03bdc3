"""A small fake Pact Broker as a WSGI app, and a way to call it in-process.

It responds as a real broker 2.120 does in the transcripts, for publishing contracts,
pacts for verification, branches, tags and verification results. Usage:
`FakeBroker().add(pact)`, `called_as(broker, url)` and then `broker.results`.
"""

import base64
import contextlib
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from unittest import mock
from urllib.parse import quote, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter

from pypact import web


@dataclass
class Call:
    """A request that the broker received; header names are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: object = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Pact:
    """A published pact: one version of its consumer."""

    content: dict
    version: str
    branch: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def consumer(self) -> str:
        return self.content["consumer"]["name"]

    @property
    def provider(self) -> str:
        return self.content["provider"]["name"]

    @property
    def sha(self) -> str:
        return _sha(self.content)


@dataclass
class FakeBroker:
    """A fake broker; `calls`, `results`, `branches` and `tags` have what it received.

    `authorization` is the header value that every request must have. With `is_old` it
    supports neither selectors nor pending pacts. `without` lists relations that its
    documents lack. `failing` lists the error statuses for the next requests.
    """

    authorization: str | None = None
    is_old: bool = False
    without: tuple[str, ...] = ()
    failing: list[int] = field(default_factory=list)
    pacts: list[Pact] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[dict] = field(default_factory=list)
    branches: list[tuple[str, ...]] = field(default_factory=list)
    tags: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, content: dict, version="1.0.0", branch="main", tags=()) -> Pact:
        """Publish a pact."""
        self.pacts.append(Pact(content, version, branch, tuple(tags)))
        return self.pacts[-1]

    def __call__(self, environ, start_response):
        call = _call(environ)
        self.calls.append(call)
        self._base = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}"
        status, data = self._answer(call)
        is_problem = status >= 400 and "problem+json" in call.headers.get("accept", "")
        if is_problem and "error" in data:
            title = _REASONS.get(status, "Whatever")
            data = {"title": f"{status} {title}", "status": status, **data}
            data["detail"] = data.pop("error")
        kind = "problem" if is_problem else "hal"
        headers = [("Content-Type", f"application/{kind}+json;charset=utf-8")]
        if status == 204:
            headers = []
        if status == 409:  # as recorded
            headers = [("Content-Type", "application/json;charset=utf-8")]
        start_response(f"{status} {_REASONS.get(status, 'Whatever')}", headers)
        return [] if status == 204 else [json.dumps(data).encode()]

    def _answer(self, call: Call) -> tuple[int, dict]:
        if self.failing:
            return self.failing.pop(0), {"error": "not now"}
        if self.authorization not in (None, call.headers.get("authorization")):
            return 401, {"error": "You must be logged in"}
        for method, pattern, answer in self.routes:
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                given = found.groupdict(default="").items()
                names = {
                    name: text if name == "query" else unquote(text)
                    for name, text in given
                    if text
                }
                return getattr(self, answer.__name__)(call, **names)
        return 404, {"error": "The requested document was not found on this server."}

    @property
    def routes(self):
        """The method, pattern and handler of each resource."""
        return _ROUTES

    def _index(self, call):
        links = {name: self._link(path) for name, path in _INDEX.items()}
        if self.is_old:
            del links["pb:provider-pacts-for-verification"]
        return 200, {"_links": self._linked(links)}

    def _publish(self, call):
        body = call.body
        missing = {"pacticipantName", "pacticipantVersionNumber", "contracts"} - {*body}
        if missing:
            return 400, {"errors": {name: ["is missing"] for name in sorted(missing)}}
        name, version = body["pacticipantName"], body["pacticipantVersionNumber"]
        for contract in body["contracts"]:
            content = json.loads(base64.b64decode(contract["content"]))
            tags = body.get("tags") or ()
            self.add(content, version, body.get("branch"), tags)
        return 200, {
            "notices": [{"type": "success", "text": f"Published {name} {version}"}],
            "_embedded": {
                "pacticipant": {"name": name, "_links": {}},
                "version": {"number": version, "_links": {}},
            },
            "_links": {},
        }

    def _for_verification(self, call, provider):
        question = call.body or {}
        selectors = question.get("consumerVersionSelectors") or [{"mainBranch": True}]
        for index, selector in enumerate(selectors):
            if not set(selector) & _CRITERIA:
                problem = (
                    f"must specify a value for environment or tag (at index {index})"
                )
                return 400, {"errors": {"consumerVersionSelectors": [problem]}}
        answers = {}
        for selector in selectors:
            for pact in self._selected(provider, selector):
                why = _why(selector)
                answers.setdefault(pact.sha, self._listed(pact, why, question))
        return 200, {
            "_embedded": {"pacts": list(answers.values())},
            "_links": {"self": self._link(call.path)},
        }

    def _selected(self, provider, selector):
        latest = {}
        for pact in self.pacts:
            branch = selector.get(
                "branch", "main" if "mainBranch" in selector else None
            )
            fits = branch in (None, pact.branch)
            fits = fits and selector.get("tag") in (None, *pact.tags)
            fits = fits and selector.get("consumer") in (None, pact.consumer)
            if fits and pact.provider == provider:
                latest[pact.consumer] = pact
        return latest.values()

    def _listed(self, pact, why, question):
        is_pending = bool(question.get("includePendingStatus"))
        notices = [("before_verification", f"The pact is being verified: {why}")]
        if is_pending:
            notices += _PENDING
        listed = [{"when": when, "text": text} for when, text in notices]
        properties = {"notices": listed, **({"pending": True} if is_pending else {})}
        url = f"{self._pact_version(pact)}/metadata/{_encoded(why)}"
        return {
            "shortDescription": why,
            "verificationProperties": properties,
            "_links": {"self": {**self._link(url), "name": _name(pact)}},
        }

    def _latest(self, call, provider, tag=None):
        selector = {"tag": tag} if tag else {"latest": True}
        pacts = list(self._selected(provider, selector))
        if not pacts:
            return 404, {"error": f"No provider with name '{provider}' found"}
        links = [
            {**self._link(_path(pact)), "title": _name(pact), "name": pact.consumer}
            for pact in pacts
        ]
        return 200, {"_links": {"pb:pacts": links, "pacts": links}}

    def _pact(self, call, provider, consumer, sha=None, version=None, **metadata):
        for pact in reversed(self.pacts):
            is_meant = (pact.provider, pact.consumer) == (provider, consumer)
            if is_meant and (pact.sha == sha or pact.version == version):
                return 200, self._document(pact, call.path)
        return 404, {"error": "The requested document was not found on this server."}

    def _document(self, pact, path):
        results = f"{self._pact_version(pact)}/verification-results"
        if "/metadata/" in path:
            results = f"{path}/verification-results"
        links = {
            "self": {**self._link(_path(pact)), "title": "Pact", "name": _name(pact)},
            "pb:consumer": self._link(f"/pacticipants/{_quoted(pact.consumer)}"),
            "pb:provider": self._link(f"/pacticipants/{_quoted(pact.provider)}"),
            "pb:publish-verification-results": self._link(results),
        }
        interactions = [
            {"_id": _sha(one), **one} for one in pact.content["interactions"]
        ]
        return {
            **pact.content,
            "interactions": interactions,
            "createdAt": "2026-01-01T00:00:00+00:00",
            "_links": self._linked(links),
        }

    def _results(self, call, provider, **names):
        self.results.append(call.body)
        by = {"implementation": call.body["verifiedBy"]["implementation"]}
        shown = {**call.body, "verifiedBy": by, "_links": {}}
        return 201, {"providerName": provider, **shown}

    def _pacticipant(self, call, name):
        root = f"/pacticipants/{_quoted(name)}"
        links = {
            "self": self._link(root),
            "pb:version-tag": self._link(f"{root}/versions/{{version}}/tags/{{tag}}"),
            "pb:branch-version": self._link(
                f"{root}/branches/{{branch}}/versions/{{version}}"
            ),
        }
        return 200, {"name": name, "_links": self._linked(links)}

    def _branch(self, call, name, branch, version):
        self.branches.append((name, branch, version))
        return 201, {"_links": {"self": self._link(call.path)}}

    def _tag(self, call, name, version, tag):
        self.tags.append((name, version, tag))
        return 201, {"name": tag, "_links": {"self": self._link(call.path)}}

    def _linked(self, links):
        return {name: link for name, link in links.items() if name not in self.without}

    def _link(self, path):
        template = {"templated": True} if "{" in path else {}
        return {"href": f"{self._base}{path}", **template}

    def _pact_version(self, pact):
        provider, consumer = _quoted(pact.provider), _quoted(pact.consumer)
        return f"/pacts/provider/{provider}/consumer/{consumer}/pact-version/{pact.sha}"


class WsgiAdapter(BaseAdapter):
    """An adapter with which `requests` calls a WSGI app."""

    def __init__(self, app) -> None:
        super().__init__()
        self._app = app

    def send(self, request, **_):
        parts = urlsplit(request.url)
        body = request.body or b""
        environ = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": unquote(parts.path),
            "RAW_URI": request.path_url,
            "QUERY_STRING": parts.query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": parts.scheme,
            "wsgi.input": io.BytesIO(body),
            "HTTP_HOST": parts.netloc,
        }
        for name, value in request.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        answer = requests.Response()

        def start_response(status, headers):
            code, _, answer.reason = status.partition(" ")
            answer.status_code = int(code)
            answer.headers.update(headers)

        answer.raw = io.BytesIO(b"".join(self._app(environ, start_response)))
        answer.url, answer.request = request.url, request
        return answer

    def close(self) -> None:
        """Do nothing: there are no connections."""


@contextlib.contextmanager
def called_as(app: Callable, url: str) -> Iterator[None]:
    """Route pypact's own requests to `url` to a WSGI app in this process."""
    real = web.open_session

    def session():
        made = real()
        made.mount(url, WsgiAdapter(app))
        return made

    with mock.patch.object(web, "open_session", session):
        yield


def _call(environ) -> Call:
    headers = {
        name[5:].lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    # wsgiref has only the unquoted path, in which `/` in a name would be lost.
    path = environ.get("RAW_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
    if (query := environ.get("QUERY_STRING")) and "?" not in path:
        path = f"{path}?{query}"
    body = json.loads(content) if content else None
    if "CONTENT_TYPE" in environ:
        headers["content-type"] = environ["CONTENT_TYPE"]
    return Call(environ["REQUEST_METHOD"], path, headers, body)


def _sha(value) -> str:
    return hashlib.sha1(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _name(pact: Pact) -> str:
    return f"Pact between {pact.consumer} ({pact.version}) and {pact.provider}"


def _path(pact: Pact) -> str:
    provider, consumer = _quoted(pact.provider), _quoted(pact.consumer)
    return f"/pacts/provider/{provider}/consumer/{consumer}/version/{pact.version}"


def _why(selector) -> str:
    if "mainBranch" in selector:
        return "latest from main branch"
    for name in ("branch", "tag"):
        if name in selector:
            how = "from branch" if name == "branch" else "with tag"
            return f"latest {how} {selector[name]}"
    return "latest"


_CRITERIA = {
    "branch",
    "deployed",
    "deployedOrReleased",
    "environment",
    "latest",
    "mainBranch",
    "matchingBranch",
    "released",
    "tag",
}
_PENDING = [
    ("before_verification", "This pact is in pending state"),
    ("after_verification:success_true_published_false", "pending: not published"),
    ("after_verification:success_false_published_false", "pending: no success"),
    (
        "after_verification:success_true_published_true",
        "This pact is pending no longer",
    ),
    ("after_verification:success_false_published_true", "pending: failure published"),
]
_REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    409: "Conflict",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_INDEX = {
    "self": "",
    "pb:publish-contracts": "/contracts/publish",
    "pb:latest-provider-pacts": "/pacts/provider/{provider}/latest",
    "pb:latest-provider-pacts-with-tag": "/pacts/provider/{provider}/latest/{tag}",
    "pb:pacticipant": "/pacticipants/{pacticipant}",
    "pb:provider-pacts-for-verification": "/pacts/provider/{provider}/for-verification",
}
_PACT = r"/pacts/provider/(?P<provider>[^/]+)/consumer/(?P<consumer>[^/]+)"
_VERSION = rf"{_PACT}/pact-version/(?P<sha>\w+)(/metadata/(?P<metadata>[\w-]+))?"
_ROUTES = [
    ("GET", r"/", FakeBroker._index),
    ("POST", r"/contracts/publish", FakeBroker._publish),
    (
        "POST",
        r"/pacts/provider/(?P<provider>[^/]+)/for-verification",
        FakeBroker._for_verification,
    ),
    (
        "GET",
        r"/pacts/provider/(?P<provider>[^/]+)/for-verification",
        FakeBroker._for_verification,
    ),
    (
        "GET",
        r"/pacts/provider/(?P<provider>[^/]+)/latest(/(?P<tag>[^/]+))?",
        FakeBroker._latest,
    ),
    ("GET", _VERSION, FakeBroker._pact),
    ("GET", rf"{_PACT}/version/(?P<version>[^/]+)", FakeBroker._pact),
    ("POST", rf"{_VERSION}/verification-results", FakeBroker._results),
    ("GET", r"/pacticipants/(?P<name>[^/]+)", FakeBroker._pacticipant),
    (
        "PUT",
        r"/pacticipants/(?P<name>[^/]+)/branches/(?P<branch>[^/]+)/versions/(?P<version>[^/]+)",
        FakeBroker._branch,
    ),
    (
        "PUT",
        r"/pacticipants/(?P<name>[^/]+)/versions/(?P<version>[^/]+)/tags/(?P<tag>[^/]+)",
        FakeBroker._tag,
    ),
]
