"""A fake Pact Broker with versions, environments, deployments and the matrix.

It extends `FakeBroker` by what is needed to publish a contract, verify it and record
its deployment, and responds as a real broker 2.120 does in the transcripts.
"""

import base64
import copy
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import broker as basic
from broker import FakeBroker


@dataclass
class Recorded:
    """A version in an environment, deployed or released."""

    uuid: str
    kind: str
    name: str
    version: str
    environment: dict
    instance: str | None = None
    is_current: bool = True


@dataclass
class DeployingBroker(FakeBroker):
    """A fake broker; `environments` and `recorded` have what was sent to it."""

    environments: list[dict] = field(default_factory=list)
    recorded: list[Recorded] = field(default_factory=list)
    verified: dict[tuple, dict] = field(default_factory=dict)

    def _next_uuid(self):
        self._uuids = getattr(self, "_uuids", 0) + 1
        return f"UUID-{self._uuids}"

    def _index(self, call):
        status, data = super()._index(call)
        links = {name: self._link(path) for name, path in _INDEX.items()}
        data["_links"] |= self._linked(links)
        return status, data

    def _publish(self, call):
        body = copy.deepcopy(call.body)
        for contract in body.get("contracts", ()):
            content = json.loads(base64.b64decode(contract["content"]))
            version = body["pacticipantVersionNumber"]
            before = self._find(content, version)
            if before is None:
                continue
            if contract["onConflict"] == "merge":
                listed = before.content["interactions"]
                added = [one for one in content["interactions"] if one not in listed]
                clash = {one["description"] for one in listed} & {
                    one["description"] for one in added
                }
                content = {**content, "interactions": [*listed, *added]}
            else:
                clash = basic._sha(before.content) != basic._sha(content)
            if clash:
                return 409, _conflict(content, version)
            self.pacts.remove(before)
            body["tags"] = [*before.tags, *(body.get("tags") or ())]
            contract["content"] = base64.b64encode(json.dumps(content).encode())
        status, data = super()._publish(basic.Call(**{**vars(call), "body": body}))
        if status == 200:
            data |= self._published(body)
        return status, data

    def _published(self, body):
        name, version = body["pacticipantName"], body["pacticipantVersionNumber"]
        root = f"/pacticipants/{_quoted(name)}"
        number = f"{root}/versions/{_quoted(version)}"
        tags = [
            {**self._link(f"{number}/tags/{tag}"), "title": "Tag", "name": tag}
            for tag in body.get("tags", ())
        ]
        pacts = [
            one for one in self.pacts if (one.consumer, one.version) == (name, version)
        ]
        contracts = [
            {**self._link(basic._path(one)), "title": "Pact", "name": basic._name(one)}
            for one in pacts
        ]
        logs = [{"level": "success", "message": "", "deprecationWarning": ""}]
        embedded = {
            "pacticipant": {"name": name, "_links": {"self": self._link(root)}},
            "version": {"number": version, "_links": {"self": self._link(number)}},
        }
        links = {
            "pb:pacticipant": self._link(root),
            "pb:pacticipant-version": self._link(number),
            "pb:pacticipant-version-tags": tags,
            "pb:contracts": contracts,
        }
        return {"logs": logs, "_embedded": embedded, "_links": self._linked(links)}

    def _find(self, content, version):
        pair = content["consumer"]["name"], content["provider"]["name"], version
        return next(
            (
                one
                for one in self.pacts
                if (one.consumer, one.provider, one.version) == pair
            ),
            None,
        )

    def _latest_pacts(self, call):
        latest = {(one.consumer, one.provider): one for one in self.pacts}
        pacts = [
            {
                "createdAt": _TIME,
                "_embedded": {
                    "consumer": {
                        "name": one.consumer,
                        "_embedded": {"version": {"number": one.version}},
                    },
                    "provider": {"name": one.provider},
                },
                "_links": {"self": [self._link(basic._path(one))]},
            }
            for one in latest.values()
        ]
        return 200, {"pacts": pacts, "_links": {"self": self._link(call.path)}}

    def _pacts_of(self, call, provider, consumer="", branch="main", latest=""):
        found = [
            one
            for one in self.pacts
            if (one.provider, one.branch) == (provider, branch)
            and consumer in ("", one.consumer)
        ]
        if latest:
            found = list({one.consumer: one for one in found}.values())
        if not found:
            return 404, {"error": f"No provider with name '{provider}' found"}
        links = [
            {
                **self._link(basic._path(one)),
                "title": basic._name(one),
                "name": one.consumer,
            }
            for one in found
        ]
        return 200, {"_links": {"self": self._link(call.path), "pb:pacts": links}}

    def _states(self, call, provider, **scope):
        states = {}
        for one in self.pacts:
            for interaction in one.content["interactions"]:
                name = interaction.get("providerState")
                if name and one.provider == provider:
                    states.setdefault(name, []).append(one.consumer)
        listed = [{"name": name, "consumers": who} for name, who in states.items()]
        return 200, {"providerStates": listed}

    def _document(self, pact, path):
        data = super()._document(pact, path)
        root = (
            f"/pacticipants/{_quoted(pact.consumer)}/versions/{_quoted(pact.version)}"
        )
        data["_links"]["pb:consumer-version"] = {
            **self._link(root),
            "name": pact.version,
        }
        return data

    def _results(self, call, provider, **names):
        key = names.get("sha"), provider, call.body["providerApplicationVersion"]
        self.verified[key] = call.body
        return super()._results(call, provider, **names)

    def _branch(self, call, name, branch, version):
        is_known = (name, branch, version) in self.branches
        _, data = super()._branch(call, name, branch, version)
        return 200 if is_known else 201, data

    def _tag(self, call, name, version, tag):
        is_known = (name, version, tag) in self.tags
        _, data = super()._tag(call, name, version, tag)
        return 200 if is_known else 201, data

    def _list_environments(self, call):
        ordered = sorted(self.environments, key=lambda one: one["name"])
        shown = [self._environment_data(one) for one in ordered]
        links = {
            "self": {**self._link("/environments"), "title": "Environments"},
            "pb:environments": [one["_links"]["self"] for one in shown],
        }
        return 200, {"_embedded": {"environments": shown}, "_links": links}

    def _create_environment(self, call):
        name = call.body["name"]
        if any(one["name"] == name for one in self.environments):
            text = f"name '{name}' is already used by an existing environment."
            return 400, {"errors": {"name": [text]}}
        self.environments.append({"uuid": self._next_uuid(), **call.body})
        return 201, self._environment_data(self.environments[-1])

    def _environment(self, call, uuid):
        found = next((one for one in self.environments if one["uuid"] == uuid), None)
        if found is None:
            return 404, _NOT_FOUND
        if call.method == "DELETE":
            self.environments.remove(found)
            return 204, {}
        if call.method == "PUT":
            found.clear()
            found.update({"uuid": uuid, **call.body})
        return 200, self._environment_data(found)

    def _environment_data(self, one):
        path = f"/environments/{one['uuid']}"
        shown = one.get("displayName", one["name"].capitalize())
        self_link = {**self._link(path), "title": "Environment", "name": one["name"]}
        links = {"self": self_link, "pb:environments": self._link("/environments")}
        for relation, member in _LISTS.items():
            links[relation] = {**self._link(f"{path}/{member}"), "title": shown}
        return {
            "displayName": shown,
            "production": False,
            **one,
            "createdAt": _TIME,
            "_links": self._linked(links),
        }

    def _known_versions(self, name):
        published = [one.version for one in self.pacts if one.consumer == name]
        branched = [version for who, _, version in self.branches if who == name]
        return [*published, *branched]

    def _version(self, call, name, version="", tag=""):
        known = self._known_versions(name)
        if not known or (version and version not in known):
            return 404, _NOT_FOUND
        version = version or known[-1]
        root = f"/pacticipants/{_quoted(name)}/versions/{_quoted(version)}"
        links = {"self": {**self._link(call.path), "title": "Version", "name": version}}
        for kind in ("deployed", "released"):
            ordered = sorted(self.environments, key=lambda one: one["name"])
            links[_RECORDING[kind]] = [
                {
                    **self._link(f"{root}/{kind}-versions/environment/{one['uuid']}"),
                    "name": one["name"],
                    "title": one["name"],
                }
                for one in ordered
            ]
        pacts = [
            one for one in self.pacts if (one.consumer, one.version) == (name, version)
        ]
        branches = {one.branch for one in pacts if one.branch}
        branches |= {
            branch
            for who, branch, number in self.branches
            if (who, number) == (name, version)
        }
        tags = {tag for one in pacts for tag in one.tags}
        embedded = {
            "branchVersions": [
                {"name": one, "latest": True} for one in sorted(branches)
            ],
            "tags": [{"name": one} for one in sorted(tags)],
        }
        data = {"number": version, "createdAt": _TIME, "_embedded": embedded}
        return 200, {**data, "_links": self._linked(links)}

    def _record(self, call, name, version, kind, uuid):
        environment = next(one for one in self.environments if one["uuid"] == uuid)
        instance = (call.body or {}).get("applicationInstance")
        for one in self.recorded:
            same = (kind, name, environment["uuid"], instance)
            if same == ("deployed", one.name, one.environment["uuid"], one.instance):
                one.is_current = False
        self.recorded.append(
            Recorded(self._next_uuid(), kind, name, version, environment, instance)
        )
        return 201, self._recorded_data(self.recorded[-1])

    def _current(self, call, uuid, kind, query=""):
        name = dict(parse_qsl(query)).get("pacticipant")
        found = [
            self._recorded_data(one)
            for one in self.recorded
            if one.is_current
            and (one.kind, one.environment["uuid"]) == (kind, uuid)
            and name in (None, one.name)
        ]
        return 200, {
            "_embedded": {f"{kind}Versions": found},
            "_links": {"self": {**self._link(call.path), "title": ""}},
        }

    def _end(self, call, uuid, kind):
        one = next(one for one in self.recorded if one.uuid == uuid)
        one.is_current = call.body[_FLAGS[kind]]
        return 200, self._recorded_data(one)

    def _recorded_data(self, one):
        root = f"/pacticipants/{_quoted(one.name)}"
        number = f"{root}/versions/{_quoted(one.version)}"
        instance = {"applicationInstance": one.instance} if one.instance else {}
        return {
            "uuid": one.uuid,
            _FLAGS[one.kind]: one.is_current,
            **instance,
            "createdAt": _TIME,
            "_embedded": {
                "pacticipant": {"name": one.name, "_links": {"self": self._link(root)}},
                "version": {
                    "number": one.version,
                    "_links": {"self": self._link(number)},
                },
            },
            "_links": {"self": self._link(f"/{one.kind}-versions/{one.uuid}")},
        }

    def _matrix(self, call, query):
        pairs = parse_qsl(query)
        values = dict(reversed(pairs))  # of the first application
        name, version = values["q[][pacticipant]"], values.get("q[][version]")
        tag = values.get("q[][tag]")
        known = [
            one.version
            for one in self.pacts
            if one.consumer == name and tag in one.tags
        ]
        known = known or self._known_versions(name) or [""]
        version = version or known[-1]
        environment = values.get("environment")
        if environment and environment not in [
            one["name"] for one in self.environments
        ]:
            text = f"Environment with name '{environment}' does not exist"
            return 400, {"errors": [text]}
        ignored = [value for key, value in pairs if key == "ignore[][pacticipant]"]
        rows = [
            row
            for row in self._rows(name, version, environment)
            if not {row["consumer"]["name"], row["provider"]["name"]} & set(ignored)
        ]
        return 200, _summarise(rows, name, version)

    def _rows(self, name, version, environment):
        for pact in self.pacts:
            if (pact.consumer, pact.version) == (name, version):
                others = self._versions_beside(pact.provider, environment) or [None]
                for other in others:
                    yield self._row(pact, other)
            deployed = self._versions_beside(pact.consumer, environment)
            if pact.provider == name and pact.version in deployed:
                yield self._row(pact, version)

    def _versions_beside(self, name, environment):
        if environment is None:
            return self._known_versions(name)[-1:]
        return [
            one.version
            for one in self.recorded
            if one.is_current
            and (one.name, one.environment["name"]) == (name, environment)
        ]

    def _row(self, pact, provider_version):
        result = self.verified.get((pact.sha, pact.provider, provider_version))
        url = f"{self._pact_version(pact)}/verification-results/101"
        shown = result and {
            "success": result["success"],
            "verifiedAt": _TIME,
            "_links": {"self": self._link(url)},
        }
        number = None if provider_version is None else {"number": provider_version}
        return {
            "consumer": {"name": pact.consumer, "version": {"number": pact.version}},
            "provider": {"name": pact.provider, "version": number},
            "pact": {
                "createdAt": _TIME,
                "_links": {"self": self._link(basic._path(pact))},
            },
            "verificationResult": shown,
        }

    @property
    def routes(self):
        """The routes; those of this class come first."""
        return [*_ROUTES, *super().routes]


def _conflict(content, version):
    consumer, provider = content["consumer"]["name"], content["provider"]["name"]
    text = (
        f"Cannot change the content of the pact for {consumer} version {version} and "
        f"provider {provider}"
    )
    difference = '-  "id": 10\n+  "id": 11'
    notices = [{"type": "error", "text": text}, {"type": "info", "text": difference}]
    return {"notices": notices, "errors": {"contracts": [text]}}


def _summarise(rows, name, version):
    results = [row["verificationResult"] for row in rows]
    failed = sum(result is not None and not result["success"] for result in results)
    unknown = sum(result is None for result in results)
    deployable, text = True, "All required verification results are published"
    if not rows:
        deployable = False
        text = f"No pacts or verifications have been published for {version} of {name}"
    elif failed:
        deployable, text = False, "The verification failed"
    elif unknown:
        deployable, text = None, "There is no verified pact"
    summary = {
        "deployable": deployable,
        "reason": text,
        "success": len(rows) - failed - unknown,
        "failed": failed,
        "unknown": unknown,
    }
    notices = [{"type": "success" if deployable else "error", "text": text}]
    return {"summary": summary, "notices": notices, "matrix": rows}


_quoted = basic._quoted
_TIME = "2026-01-01T00:00:00+00:00"
_NOT_FOUND = {"error": "The requested document was not found on this server."}
_FLAGS = {"deployed": "currentlyDeployed", "released": "currentlySupported"}
_RECORDING = {"deployed": "pb:record-deployment", "released": "pb:record-release"}
_LISTS = {
    "pb:currently-deployed-deployed-versions": "deployed-versions/currently-deployed",
    "pb:currently-supported-released-versions": "released-versions/currently-supported",
}
_INDEX = {
    "pb:environments": "/environments",
    "pb:environment": "/environments/{uuid}",
    "pb:latest-pact-versions": "/pacts/latest",
    "pb:latest-version": "/pacticipants/{pacticipant}/latest-version",
    "pb:latest-tagged-version": "/pacticipants/{pacticipant}/latest-version/{tag}",
    "pb:pacticipant-version": "/pacticipants/{pacticipant}/versions/{version}",
}
_NAME = r"/pacticipants/(?P<name>[^/]+)"
_KIND = r"(?P<kind>deployed|released)-versions"
_BRANCH = r"/branch(/(?P<branch>(?!latest$)[^/]+))?(?P<latest>/latest)?"
_ONE = r"/environments/(?P<uuid>[^/]+)"
_SCOPE = r"(/branch/(?P<branch>[^/]+)|/environment/(?P<environment>[^/]+))?"
_ROUTES = [
    ("GET", r"/matrix\?(?P<query>.*)", DeployingBroker._matrix),
    ("GET", r"/pacts/latest", DeployingBroker._latest_pacts),
    (
        "GET",
        rf"/pacts/provider/(?P<provider>[^/]+)(/consumer/(?P<consumer>[^/]+))?{_BRANCH}",
        DeployingBroker._pacts_of,
    ),
    (
        "GET",
        rf"/pacts/provider/(?P<provider>[^/]+)/provider-states{_SCOPE}",
        DeployingBroker._states,
    ),
    ("GET", r"/environments\??", DeployingBroker._list_environments),
    ("POST", r"/environments", DeployingBroker._create_environment),
    *(
        (method, _ONE, DeployingBroker._environment)
        for method in ("GET", "PUT", "DELETE")
    ),
    ("GET", rf"{_NAME}/versions/(?P<version>[^/]+)", DeployingBroker._version),
    ("GET", rf"{_NAME}/latest-version(/(?P<tag>[^/]+))?", DeployingBroker._version),
    (
        "POST",
        rf"{_NAME}/versions/(?P<version>[^/]+)/{_KIND}/environment/(?P<uuid>[^/]+)",
        DeployingBroker._record,
    ),
    (
        "GET",
        rf"{_ONE}/{_KIND}/currently-\w+(\?(?P<query>.*))?",
        DeployingBroker._current,
    ),
    ("PATCH", rf"/{_KIND}/(?P<uuid>[^/]+)", DeployingBroker._end),
]
