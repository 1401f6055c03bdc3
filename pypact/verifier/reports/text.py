"""Format verification results as plain text, with the curl command of a failed request.

Secrets are hidden, so a curl command that contains one has to be completed before it
works.

Source: docs/internals/verification.md, "Reports".
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping

from pypact._dataclasses import dataclass, replace
from pypact._lazy import compile_later
from pypact.explain.diff import diff_bodies
from pypact.explain.hints import find_hint
from pypact.explain.mismatches import format_count, format_mismatches, truncate
from pypact.explain.requests import format_request, format_state
from pypact.masking import (
    escape_control_characters,
    escape_line,
    mask_header,
    mask_text,
)
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.json import Json, dump_json
from pypact.model.mismatches import MismatchKind
from pypact.strategies import SEED_VARIABLE
from pypact.targets import ProviderResponse
from pypact.targets.base import encode_target
from pypact.verifier.reports.hints import find_certain_hint
from pypact.verifier.results import (
    InteractionResult,
    Routing,
    StateOutcome,
    VerificationResult,
    label_response,
    name_parties,
)
from pypact.verifier.states import write_template


def build_curl_command(
    request: Request, base_url: str = "", secrets: Collection[str] = ()
) -> str:
    """Return the curl command that sends `request`, with `secrets` hidden.

    Without a `base_url`, the URL has the request's `Host`, or "localhost".
    """
    host = request.headers.first("host")
    origin = base_url or f"http://{host or 'localhost'}"
    parts = ["curl", *_curl_method(request)]
    omitted = ("content-length",) if base_url else ("content-length", "host")
    for name, value in request.headers.lines():
        if name.lower() not in omitted:
            parts += ["-H", f"{name}: {mask_header(name, value)}"]
    parts += [*_curl_data(request), f"{origin}{encode_target(request)}"]
    # A quoted secret may have another form, which would not be found any more.
    return " ".join(_quote(mask_text(part, secrets)) for part in parts)


def _quote(text: str) -> str:
    """Quote an argument for a shell.

    Control characters are escaped as bash and zsh read it: a report would change them.
    """
    if escape_line(text) == text:
        return shlex.quote(text)
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\r", "\\r")
    text = _C1_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return f"$'{escape_line(text)}'"


def _curl_method(request: Request) -> list[str]:
    if request.method == "HEAD":
        return ["--head"]
    usual = "POST" if request.body.content else "GET"
    return [] if request.method == usual else ["-X", request.method]


def _curl_data(request: Request) -> list[str]:
    content = request.body.content
    if not content:
        return []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    # Without a content type, curl would send that of a form.
    no_type = [] if "content-type" in request.headers else ["-H", "Content-Type:"]
    # No argument of a command can have a null byte.
    if text is None or "\0" in text or len(text) > _MAX_INLINE_BODY:
        return [*no_type, "--data-binary", f"@FILE-OF-{len(content)}-BYTES"]
    return [*no_type, "--data-raw", text]


_MAX_INLINE_BODY = 2_000
# For these, an escape such as \x85 gives one byte, not the character in UTF-8.
_C1_CONTROL = compile_later(r"[\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class RunFailureText:
    """The failure text of a run, as returned by `str()`."""

    result: VerificationResult

    def __str__(self) -> str:
        result = self.result
        failed = result.failed
        if result.problem is not None:
            text = f"{result.provider} was not verified: {result.problem}"
            return escape_control_characters(text)
        count = format_count(len(result.interactions), "interaction")
        who = f"{result.provider} does not honour its contracts"
        lines = [f"{who}: {len(failed)} of {count} failed"]
        for one in failed:
            lines += ["", str(InteractionFailureText(one))]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class InteractionFailureText:
    """The failure text of one interaction, with the command `rerun`."""

    result: InteractionResult
    rerun: str = ""

    def __str__(self) -> str:
        result = self.result
        who = name_parties(result.case.consumer, result.case.provider)
        first = f"{who}: {build_headline(result)}"
        return "\n".join([first, *format_details(result, "  ", rerun=self.rerun)])


def build_headline(result: InteractionResult) -> str:
    """Return one line with the description of an interaction and its outcome."""
    description = escape_line(truncate(result.case.interaction.description))
    notes = collect_notes(result)
    remark = f"   [{'; '.join(notes)}]" if notes else ""
    if result.is_ok:
        if remark:
            return _mask(result, description + truncate(remark))[0]
        return description
    return _mask(result, f"{description}: {_summarize_failure(result)}")[0]


def collect_notes(result: InteractionResult) -> list[str]:
    """Return the notes to show even if the interaction passed."""
    # If a filter adds something that no consumer sends, the contract may pass wrongly.
    added = [change for change in result.changes if "not in the contract" in change]
    return [*result.remarks, *added]


def format_details(
    result: InteractionResult, indent: str, *, rerun: str = ""
) -> list[str]:
    """Return the lines that help to find the cause, with the command `rerun`."""
    lines = [f"{indent}{result.case.place}"]
    for block in (
        list_comments(result),
        _format_context(result),
        _format_failures(result),
        _list_mismatches(result),
        _list_missing_states(result),
        _format_provider(result),
        _rerun_lines(result, rerun),
    ):
        if block:
            lines += ["", *(f"{indent}{line}".rstrip() for line in block)]
    return _mask(result, *lines)


def format_comments(result: InteractionResult, indent: str = "") -> list[str]:
    """Return the lines of `list_comments`, with secrets hidden."""
    lines = list_comments(result)
    return _mask(result, *(f"{indent}{line}".rstrip() for line in lines))


def list_comments(result: InteractionResult) -> list[str]:
    """Return the comments of a v4 interaction as lines, as the official verifier does.

    These are the name of the consumer's test, the comments and external references.
    """
    comments = result.case.interaction.comments
    if not comments:
        return []
    name, texts = comments.get("testname"), comments.get("text")
    lines = [f"Test Name: {_to_text(name)}"] if name else []
    found = [one for one in _to_list(texts) if one is not None]
    if found:
        lines.append("Comments:")
        lines += [f"  {line}" for one in found for line in _to_text(one).splitlines()]
    references = comments.get("references")
    if isinstance(references, Mapping) and references:
        lines.append("References:")
        for group, members in references.items():
            lines += _format_reference_group(group, members)
    return lines


def _format_reference_group(group: str, members: Json) -> list[str]:
    if not isinstance(members, Mapping):
        return [f"  {group}: {_to_text(members)}"]
    shown = [f"    {name}: {_to_text(value)}" for name, value in members.items()]
    return [f"  {group}:", *shown]


def _to_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _to_text(value: Json) -> str:
    return value if isinstance(value, str) else dump_json(value)


def build_summary_line(
    who: str, passed: int, failed: int, pending: int, seconds: float
) -> str:
    """Return one line with the counts of the interactions of one contract."""
    parts = [f"{passed} ok"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{pending} pending (not counted)"] if pending else []
    return f"{who}  {', '.join(parts)} in {seconds:.2f} s"


def _summarize_failure(result: InteractionResult) -> str:
    parts = []
    if result.mismatches:
        parts.append(format_count(len(result.mismatches), "mismatch", "mismatches"))
    parts += [truncate(failure.message.splitlines()[0]) for failure in result.failures]
    if result.mismatches and result.raised is not None:
        parts.append(f"the provider raised {truncate(result.raised)}")
    return "; ".join(parts)


def _format_context(result: InteractionResult) -> list[str]:
    lines: list[str] = []
    for number, state in enumerate(result.case.interaction.states):
        outcome = result.states[number] if number < len(result.states) else None
        shown = f"{'and' if number else 'given':<11}{format_state(state)}"
        lines.append(f"{shown}   {_format_state_outcome(outcome)}".rstrip())
    if result.request is not None:
        lines += _label_lines("request", format_request(result.request))
    if result.answer is not None and result.answer.status is not None:
        lines += _label_lines("response", [_format_response(result.answer)])
    if result.routing is not None:
        lines += _label_lines("route", [_format_routing(result.routing)])
    lines += _label_lines("changed", result.changes)
    return lines + _label_lines("note", result.remarks)


def _format_state_outcome(outcome: StateOutcome | None) -> str:
    if outcome is None:
        return "not run"
    if not outcome.place:
        return outcome.outcome
    return f"{outcome.place}  {outcome.outcome}, {outcome.duration * 1000:.0f} ms"


def _format_response(response: ProviderResponse) -> str:
    types = [text for name, text in response.headers if name.lower() == "content-type"]
    status = f"{response.status} {response.reason}".rstrip()
    return ", ".join([status, *types, f"{len(response.body)} bytes"])


def _format_routing(routing: Routing) -> str:
    if routing.route is None:
        return "no route matches this path"
    return f"{routing.route} -> {routing.view}" if routing.view else routing.route


def _format_failures(result: InteractionResult) -> list[str]:
    lines: list[str] = []
    for failure in result.failures:
        # `_format_provider` shows the exception, with its frames.
        if failure.message != _name_exception(result):
            lines += failure.message.splitlines()
            lines += [f"  {line}" for line in failure.traceback]
    return lines


def _list_mismatches(result: InteractionResult) -> list[str]:
    if not result.mismatches:
        return []
    lines = format_mismatches(result.mismatches, indent="").splitlines()
    for title, diff in _iterate_body_diffs(result):
        lines += ["", title, *(f"  {line}" for line in diff)]
    if any(one.kind == MismatchKind.BODY_TYPE for one in result.mismatches):
        lines += _preview_body(result)
    hint = find_certain_hint(result) or find_hint(result.mismatches, is_response=True)
    return lines + (["", *_label_lines("hint", [hint])] if hint else [])


def _preview_body(result: InteractionResult) -> list[str]:
    """Return the first lines of a response body with another content type."""
    body = b"" if result.answer is None else result.answer.body
    if not body:
        return []
    text = body[:_MOST_PREVIEWED].decode("utf-8", "replace")
    if "\0" in text:
        return ["", f"body of the response: {format_count(len(body), 'byte')} of data"]
    lines = text.splitlines()
    shown = [f"  {truncate(line)}".rstrip() for line in lines[:_MOST_PREVIEWED_LINES]]
    if len(lines) > len(shown) or len(body) > _MOST_PREVIEWED:
        shown.append("  […]")
    return ["", "body of the response", *shown]


_MOST_PREVIEWED = 2_000  # bytes
_MOST_PREVIEWED_LINES = 5


def _iterate_body_diffs(result: InteractionResult) -> Iterator[tuple[str, list[str]]]:
    """Yield the diffs of the bodies, each with its title."""
    interaction = result.case.interaction
    if isinstance(interaction, HttpInteraction) and result.answer is not None:
        diff = diff_bodies(
            interaction.response.body,
            result.answer.to_response().body,
            result.mismatches,
            content_type=interaction.response.content_type,
            strict=False,
        )
        if diff:
            yield f"body (- contract, + response; {_DIFF_NOTE})", diff
    expected = result.expected_messages
    pairs = zip(expected, result.messages, strict=False)
    for number, (message, actual) in enumerate(pairs, start=1):
        label = label_response(number, len(expected))
        mismatches = [
            replace(one, path=one.path.removeprefix(label))
            for one in result.mismatches
            if one.path.startswith(label)
        ]
        diff = diff_bodies(
            message.contents,
            actual.contents,
            mismatches,
            content_type=message.content_type,
            strict=False,
        )
        if diff:
            yield f"{label}contents (- contract, + provider; {_DIFF_NOTE})", diff


def _list_missing_states(result: InteractionResult) -> list[str]:
    """Return how to set up the states that have no function, or nothing."""
    states = zip(result.states, result.case.interaction.states, strict=False)
    missing = [one for outcome, one in states if outcome.is_without_function]
    if not missing:
        return []
    names = " or ".join(map(format_state, missing))
    templates = [line for one in missing for line in write_template(one)]
    return [
        f"nothing sets up the provider state {names}; add a function:",
        *(f"    {line}" for line in templates),
        "`pypact verify` takes the import string of its verifier as an argument;",
        "--state-url sends the states to a provider in another process",
    ]


def _format_provider(result: InteractionResult) -> list[str]:
    lines = []
    if result.raised is not None:
        lines.append(_name_exception(result))
        lines += [f"  {line}" for line in result.raised_at]
    return lines + _label_lines("log", result.log)


def _name_exception(result: InteractionResult) -> str:
    return f"the provider raised {result.raised}"


def format_rerun(result: InteractionResult, rerun: str) -> str:
    """Return the command `rerun`, with the seed if another request failed."""
    has_seed = bool(rerun) and result.seed is not None
    return f"{SEED_VARIABLE}={result.seed} {rerun}" if has_seed else rerun


def _rerun_lines(result: InteractionResult, rerun: str) -> list[str]:
    lines = _label_lines("rerun", [format_rerun(result, rerun)] if rerun else [])
    if result.request is not None:
        secrets = result.secrets
        command = [build_curl_command(result.request, result.base_url, secrets)]
        if not result.is_remote:
            command.append("(the app was called in-process: nothing listens there)")
        lines += _label_lines("curl", command)
    return lines


def _label_lines(label: str, lines: Iterable[str]) -> list[str]:
    return [
        f"{'' if index else label:<11}{line}".rstrip()
        for index, line in enumerate(lines)
    ]


def _mask(result: InteractionResult, *texts: str) -> list[str]:
    secrets = result.secrets  # once: it searches all headers
    return [escape_control_characters(mask_text(text, secrets)) for text in texts]


_DIFF_NOTE = "differences that a rule accepts are not marked"
