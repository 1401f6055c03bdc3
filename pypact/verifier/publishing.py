"""Publish verification results to a Pact Broker.

Results are published only for a complete run. If a selection left interactions out, or
the run stopped early, publishing the rest would report a success that was not verified.

Source: docs/internals/specification.md, "13.7 Broker publishing" and
docs/internals/conventions.md, "Verification result".
"""

from __future__ import annotations

import pickle
import platform
from collections.abc import Callable, Iterable

from pypact._dataclasses import dataclass, field
from pypact._version import find_version
from pypact.broker import Broker, BrokerPact
from pypact.errors import PactError
from pypact.explain.mismatches import format_count
from pypact.masking import mask_text
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.selection import Selected


@dataclass(frozen=True, slots=True)
class PublishingOutcome:
    """The outcome of publishing: the lines to print, and the error if it failed."""

    lines: tuple[str, ...] = ()
    failure: PactError | None = None


@dataclass(slots=True)
class _Record:
    """The results of one pact so far.

    `runs` maps the number of an interaction to its verifications: name of the run →
    result, which is None until the verification has ended.
    """

    broker: Broker
    pact: BrokerPact
    runs: dict[int, dict[str, dict[str, Json] | None]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.pact.listed.name

    @property
    def missing(self) -> int:
        ended = sum(1 for runs in self.runs.values() if None not in runs.values())
        return len(self.pact.contract.interactions) - ended

    @property
    def results(self) -> list[dict[str, Json]]:
        """One result for each interaction; a failure in any run takes precedence."""
        return [
            min(filter(None, runs.values()), key=lambda one: bool(one["success"]))
            for _, runs in sorted(self.runs.items())
            if any(runs.values())
        ]

    @property
    def is_ok(self) -> bool:
        return all(result["success"] for result in self.results)

    def put(self, number: int, run: str, result: dict[str, Json] | None) -> None:
        self.runs.setdefault(number, {})[run] = result

    def merge(self, number: int, run: str, result: dict[str, Json] | None) -> None:
        """Add a result from another process, unless the run has already failed here."""
        known = self.runs.get(number, {}).get(run)
        if known is None or (result is not None and not result["success"]):
            self.put(number, run, result)


class Publication:
    """A collector of the results of pacts from brokers, which it publishes at the end.

    With several processes, each one collects its own results and exports them; a single
    process imports them and publishes in `conclude`.
    """

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}
        self._left_out: list[str] = []

    def expect(self, selected: Selected) -> None:
        """Register which interactions will be verified, and which are left out.

        It may be called for several selections: together they may be complete.
        """
        for case in (*selected.cases, *selected.left_out):
            if case.pact.broker is not None:
                self._record(case)
        from_brokers = [case for case in selected.left_out if case.pact.broker]
        if from_brokers:
            count = format_count(len(from_brokers), "interaction")
            text = f"the selection ({selected.criteria}) left out {count}"
            self._left_out.append(text)

    def begin(self, case: Case, run: str) -> None:
        """Register a verification named `run`, whose result will be added later."""
        record = self._record(case)
        if record is not None:
            record.put(case.number, run, None)

    def add(
        self, result: InteractionResult, run: str = "", *, problem: str | None = None
    ) -> None:
        """Add the result of one interaction.

        `problem` is the reason why the test failed that verified the interaction, if it
        failed for another reason than the result; the result then counts as failed.
        """
        if result.case.pact.broker is None:
            return
        record = self._record(result.case)
        if record is None:
            return
        data = _build_test_result(result)
        if problem is not None and result.is_ok:
            data["success"] = False
            data["exceptions"] = [{"message": _mask_and_cut(problem, result.secrets)}]
        # A result without a run's name cannot replace an earlier failure.
        add = record.put if run else record.merge
        add(result.case.number, run, data)

    def export(self) -> bytes:
        """Return all collected results as bytes, for another process of this run."""
        return pickle.dumps((self._records, self._left_out))

    def import_results(self, exported: bytes) -> None:
        """Add the results that another process of the same run exported."""
        records, left_out = pickle.loads(exported)  # noqa: S301 -- from a worker of the same run
        for url, record in records.items():
            own = self._records.setdefault(url, record)
            for number, runs in record.runs.items():
                for run, result in runs.items():
                    own.merge(number, run, result)
        self._left_out += [why for why in left_out if why not in self._left_out]

    def conclude(
        self, *, publish: bool | None = None, with_notices_before: bool = False
    ) -> PublishingOutcome:
        """Publish the results if requested, and return the outcome and the notices.

        `publish` overrides the setting of each broker, unless it is None.
        `with_notices_before` adds the notices that brokers give before verification.
        """
        lines: list[str] = []
        failure: PactError | None = None
        for broker, records in self._group_by_broker():
            published: set[str] = set()
            if broker.publishes_results if publish is None else publish:
                try:
                    refused = self._publish(broker, records, published, lines.append)
                    failure = failure or refused
                except PactError as error:
                    failure = failure or error
                    lines.append(f"results were not published: {error}")
            for record in records:
                if with_notices_before:
                    lines += record.pact.notices_before
                if not record.missing:
                    is_published = record.pact.listed.url in published
                    lines += record.pact.notices_after(
                        success=record.is_ok, published=is_published
                    )
        return PublishingOutcome(tuple(lines), failure)

    def _record(self, case: Case) -> _Record | None:
        broker, pact = case.pact.broker, case.pact.from_broker
        if broker is None or pact is None:
            return None
        return self._records.setdefault(pact.listed.url, _Record(broker, pact))

    def _group_by_broker(self) -> Iterable[tuple[Broker, list[_Record]]]:
        brokers: dict[tuple[object, ...], tuple[Broker, list[_Record]]] = {}
        for record in self._records.values():
            broker, provider = record.broker, record.pact.contract.provider
            key = (
                broker.url,
                provider,
                broker.provider_version,
                broker.publishes_results,
            )
            brokers.setdefault(key, (broker, []))[1].append(record)
        return brokers.values()

    def _publish(
        self,
        broker: Broker,
        records: list[_Record],
        published: set[str],
        add_line: Callable[[str], None],
    ) -> PactError | None:
        """Publish all results of a broker; return the first error."""
        unfinished = [_describe_missing(record) for record in records if record.missing]
        if unfinished:
            problem = "; ".join([*self._left_out, *unfinished])
            add_line(f"results were not published: {problem}")
            return None
        broker.refuse_unversioned()
        first = records[0].pact
        broker.announce(first.contract.provider, first.provider_url)
        refused: PactError | None = None
        for record in records:
            url = record.pact.results_url
            if url is None:
                add_line(f"{record.name}: the broker accepts no results for this pact")
                continue
            try:
                broker.publish_results(url, _verification_results(record))
            except PactError as error:
                add_line(f"results of {record.name} were not published: {error}")
                refused = refused or error
                continue
            published.add(record.pact.listed.url)
            verdict = "success" if record.is_ok else "failure"
            version = broker.provider_version
            add_line(f"published {verdict} of version {version}: {record.name}")
        return refused


def _describe_missing(record: _Record) -> str:
    count = format_count(record.missing, "interaction")
    return f"{count} of {record.name} did not run"


def _verification_results(record: _Record) -> dict[str, Json]:
    return {
        "success": record.is_ok,
        "testResults": record.results,
        "verifiedBy": {
            "implementation": "pypact",
            "version": find_version(),
            "clientLanguage": {
                "name": platform.python_implementation(),
                "version": platform.python_version(),
            },
        },
    }


def _build_test_result(result: InteractionResult) -> dict[str, Json]:
    interaction, secrets = result.case.interaction, result.secrets
    data: dict[str, Json] = {
        "interactionDescription": interaction.description,
        "success": result.is_ok,
    }
    if interaction.id is not None:
        data["interactionId"] = interaction.id
    if result.mismatches:
        data["mismatches"] = [
            _describe_mismatch(one, secrets) for one in result.mismatches
        ]
    if result.failures:
        data["exceptions"] = [
            {"message": _mask_and_cut(failure.message, secrets)}
            for failure in result.failures
        ]
    return data


def _describe_mismatch(mismatch: Mismatch, secrets: frozenset[str]) -> dict[str, Json]:
    data = {
        "attribute": _ATTRIBUTES.get(mismatch.kind, mismatch.kind),
        "description": _mask_and_cut(mismatch.message, secrets),
    }
    if mismatch.path:
        data["identifier"] = _mask_and_cut(mismatch.path, secrets)
    return data


def _mask_and_cut(text: str, secrets: frozenset[str]) -> str:
    shown = mask_text(text, secrets)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


_LONGEST = 2000  # characters, so that a large body does not make a larger result
_ATTRIBUTES = {MismatchKind.BODY_TYPE: "body"}
