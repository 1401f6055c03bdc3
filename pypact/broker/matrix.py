"""Read the broker's matrix: which versions can be deployed together.

Source: docs/internals/conventions.md, "Broker relations and payloads".
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from pypact._dataclasses import dataclass, field
from pypact.broker import builds
from pypact.broker.base import BrokerRequests
from pypact.broker.hal import Document, as_mapping, as_mappings
from pypact.broker.tables import format_table, make_printable
from pypact.errors import BrokerError, InvalidExpectation, NotDeployable
from pypact.model.json import Json


@dataclass(frozen=True, slots=True)
class VersionSelector:
    """The versions of one application that a check is about.

    `latest` selects the latest version: with `tag` or `branch` the latest of those,
    otherwise the latest of all. `main_branch` selects the latest of the main branch.
    Without any of them every version is meant.
    """

    pacticipant: str
    version: str | None = None
    latest: bool = False
    tag: str | None = None
    branch: str | None = None
    main_branch: bool = False

    def __post_init__(self) -> None:
        if not self.pacticipant:
            raise InvalidExpectation("the name of an application must not be empty")


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A pact and its verification result; None where the broker has none.

    `url` is the URL of the result.
    """

    consumer: str
    consumer_version: str | None
    provider: str
    provider_version: str | None
    success: bool | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Deployability:
    """The answer of the broker to `can_i_deploy`; true if it is yes.

    `deployable` is None if results are missing, which counts as no. `reason` and
    `notices` are the broker's texts. `unknown` is the number of results that are
    missing. `data` is the whole response.
    """

    deployable: bool | None
    reason: str
    notices: tuple[str, ...]
    matrix: tuple[MatrixRow, ...]
    unknown: int = 0
    data: Mapping[str, Json] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return self.deployable is True

    def __str__(self) -> str:
        """Return the matrix as a table, the URLs of its results, and the notices."""
        return "\n\n".join(filter(None, self._iterate_paragraphs()))

    def require(self) -> None:
        """Raise NotDeployable, with the matrix as a table, unless the answer is yes."""
        if not self:
            raise NotDeployable(str(self), result=self)

    def _iterate_paragraphs(self) -> Iterator[str]:
        if self.matrix:
            numbers = {row: str(n) for n, row in enumerate(self._list_results(), 1)}
            yield format_table(
                _TITLES, [_format_row(row, numbers.get(row, "")) for row in self.matrix]
            )
        results = [
            f"{number}. {row.url} ({'success' if row.success else 'failure'})"
            for number, row in enumerate(self._list_results(), 1)
        ]
        if results:
            yield "\n".join(["VERIFICATION RESULTS", "-" * 20, *results])
        yield "\n".join(self.notices) or self.reason

    def _list_results(self) -> list[MatrixRow]:
        return list(dict.fromkeys(row for row in self.matrix if row.url))


class BrokerMatrix(BrokerRequests):
    """The part of a broker that answers whether versions work together."""

    def can_i_deploy(  # noqa: PLR0913 -- one keyword for each option of the official client
        self,
        pacticipant: str | VersionSelector,
        version: str | None = None,
        *,
        to: str | None = None,
        to_tag: str | None = None,
        branch: str | None = None,
        main_branch: bool = False,
        latest: bool | str = False,
        detect_build: bool = False,
        others: Iterable[VersionSelector] = (),
        ignore: Iterable[str | VersionSelector] = (),
        retry: int = 0,
        retry_interval: float = 10.0,
    ) -> Deployability:
        """Return whether a version of an application can be deployed.

        The version is given by its number, as the latest of a `branch`, of the main
        branch, or of all; `latest` may be the name of a tag. `detect_build` takes an
        omitted version from the CI server, or else from git. `to` is the environment to
        deploy to; `to_tag` is a tag of the versions to deploy beside. `others` are
        versions of other applications to check together with it. The verification
        results of the applications in `ignore` are not considered.

        While results are missing, the request is repeated up to `retry` times, every
        `retry_interval` seconds.

            >>> answer = broker.can_i_deploy("Web", "1.2.0", to="production", retry=30)
            ... # doctest: +SKIP
            >>> answer.require()  # doctest: +SKIP

        Raises: BrokerError, also for an environment that does not exist;
        InvalidExpectation, for arguments that are not valid. An unknown version is no
        error: the answer is no.

        Source: docs/internals/conventions.md, "Broker relations and payloads".
        """
        if isinstance(pacticipant, VersionSelector):
            selector = pacticipant
        else:
            tag = latest if isinstance(latest, str) else None
            is_any = not (version or branch or main_branch or latest)
            if is_any and (detect_build or self._detects_build):
                version = builds.detect_build().version
            selector = VersionSelector(
                pacticipant, version, bool(latest), tag, branch, main_branch
            )
        query = build_matrix_query(
            [selector, *others], _as_selectors(ignore), to, to_tag
        )
        return self._read_matrix(query, retry, retry_interval)

    def can_i_merge(
        self,
        pacticipant: str,
        version: str | None = None,
        *,
        ignore: Iterable[str | VersionSelector] = (),
        retry: int = 0,
        retry_interval: float = 10.0,
    ) -> Deployability:
        """Return whether a version works with the main branches of its integrations.

        The arguments and errors are those of `can_i_deploy`.
        """
        query = build_matrix_query(
            [VersionSelector(pacticipant, version)],
            _as_selectors(ignore),
            main_branch=True,
        )
        return self._read_matrix(query, retry, retry_interval)

    def _read_matrix(self, query: str, retry: int, interval: float) -> Deployability:
        if retry < 0 or interval < 0:
            raise InvalidExpectation("retry and retry_interval must not be negative")
        for attempt in range(retry + 1):
            if attempt:
                time.sleep(interval)
            answer = _read_answer(self._get(f"matrix?{query}", "the matrix"))
            if not answer.unknown:
                break
        return answer


def build_matrix_query(
    selectors: Iterable[VersionSelector],
    ignored: Iterable[VersionSelector] = (),
    environment: str | None = None,
    tag: str | None = None,
    *,
    main_branch: bool = False,
) -> str:
    """Return the query of a request for the matrix, as the official client writes it.

    >>> build_matrix_query([VersionSelector("Web", "1.0")], environment="test")
    'q[][pacticipant]=Web&q[][version]=1.0&latestby=cvpv&environment=test'
    """
    selectors = list(selectors)
    pairs = [pair for one in selectors for pair in _list_pairs("q", one)]
    pairs += [pair for one in ignored for pair in _list_pairs("ignore", one)]
    if tag is not None:
        pairs.append(("tag", tag))
    if environment is not None:
        pairs += [("latestby", "cvpv"), ("environment", environment)]
    elif len(selectors) > 1:
        pairs.append(("latestby", "cvpv"))
    else:
        pairs += [("latestby", "cvp"), ("latest", "true")]
    if main_branch:
        pairs.append(("mainBranch", "true"))
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


def _list_pairs(prefix: str, selector: VersionSelector) -> Iterator[tuple[str, str]]:
    for name, value in (
        ("pacticipant", selector.pacticipant),
        ("version", selector.version),
        ("latest", "true" if selector.latest else None),
        ("branch", selector.branch),
        ("tag", selector.tag),
        ("mainBranch", "true" if selector.main_branch else None),
    ):
        if value is not None:
            yield f"{prefix}[][{name}]", value


def _as_selectors(ignored: Iterable[str | VersionSelector]) -> list[VersionSelector]:
    if isinstance(ignored, str):
        raise InvalidExpectation("ignore must be a list of names, got a string")
    return [VersionSelector(one) if isinstance(one, str) else one for one in ignored]


def _read_answer(document: Document) -> Deployability:
    summary = document.data.get("summary")
    if not isinstance(summary, Mapping):
        raise BrokerError(
            f"{document.url} responded with a matrix without a summary: "
            "is it a Pact Broker?",
            relation="the matrix",
        )
    deployable = summary.get("deployable")
    unknown = summary.get("unknown")
    return Deployability(
        deployable=deployable if isinstance(deployable, bool) else None,
        reason=make_printable(str(summary.get("reason") or "")),
        notices=read_notices(document),
        matrix=tuple(map(_read_row, as_mappings(document.data.get("matrix")))),
        unknown=unknown if isinstance(unknown, int) else 0,
        data=document.data,
    )


def read_notices(document: Document) -> tuple[str, ...]:
    """Return the texts that the broker wants to be shown to people."""
    notices = as_mappings(document.data.get("notices"))
    return tuple(make_printable(str(notice.get("text", ""))) for notice in notices)


def _read_row(row: Mapping[str, Json]) -> MatrixRow:
    consumer, provider = (
        as_mapping(row.get(name)) for name in ("consumer", "provider")
    )
    result = as_mapping(row.get("verificationResult"))
    success = result.get("success")
    return MatrixRow(
        str(consumer.get("name") or ""),
        _read_number(consumer),
        str(provider.get("name") or ""),
        _read_number(provider),
        success if isinstance(success, bool) else None,
        Document(dict(result), "").find_link("self"),
    )


def _read_number(pacticipant: Mapping[str, Json]) -> str | None:
    number = as_mapping(pacticipant.get("version")).get("number")
    return None if number is None else str(number)


def _format_row(row: MatrixRow, number: str) -> list[str]:
    success = "unknown" if row.success is None else str(row.success).lower()
    versions = (row.consumer_version or "unknown", row.provider_version or "unknown")
    return [row.consumer, versions[0], row.provider, versions[1], success, number]


_TITLES = ["CONSUMER", "C.VERSION", "PROVIDER", "P.VERSION", "SUCCESS?", "RESULT"]
