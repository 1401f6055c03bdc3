"""Compare two contracts, and decide which changes need the provider.

A change is harmless if each provider that fulfils the old contract fulfils the new one:
of a response, less or nothing more is expected; of a request, only an example under the
same rules has changed. What cannot be decided needs the provider.

Source: docs/internals/review.md, "Classification".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias, TypeVar

from pypact.explain.mismatches import truncate
from pypact.explain.requests import format_state
from pypact.formats.merge import identify
from pypact.matching.plans import compile_message, compile_response
from pypact.model.interactions import (
    AsyncMessage,
    Contract,
    HttpInteraction,
    Interaction,
    Message,
    ProviderState,
    SyncMessage,
    UnknownInteraction,
)
from pypact.model.json import Json, dump_json
from pypact.review.changes import (
    Change,
    ContractChanges,
    Difference,
    Relation,
    Verdict,
)
from pypact.review.parts import compare_messages, compare_requests, compare_responses
from pypact.review.rules import freeze_json

_Pair: TypeAlias = tuple[Interaction | None, Interaction | None]


def compare_all(
    old: Iterable[Contract], new: Iterable[Contract]
) -> list[ContractChanges]:
    """Compare contracts, paired by consumer and provider; return those that changed."""
    before = {(one.consumer, one.provider): one for one in old}
    after = {(one.consumer, one.provider): one for one in new}
    found = []
    for names in sorted(before.keys() | after.keys()):
        changes = compare_contracts(before.get(names), after.get(names))
        if changes:
            found.append(ContractChanges(*names, tuple(changes)))
    return found


def compare_contracts(old: Contract | None, new: Contract | None) -> list[Change]:
    """Return the changes from one contract to another; None is a missing contract."""
    changes = [] if old is None or new is None else list(_compare_metadata(old, new))
    interactions = (() if one is None else one.interactions for one in (old, new))
    for before, after in _pair_interactions(*interactions):
        changes += compare_interactions(before, after)
    return changes


def compare_interactions(
    old: Interaction | None, new: Interaction | None
) -> list[Change]:
    """Return the changes of an interaction; None is a missing one."""
    if new is None:
        change = Change(old, "", "the interaction was dropped", Verdict.HARMLESS)
        return [change]
    if old is None:
        change = Change(new, "", "the interaction is new", Verdict.NEEDS_PROVIDER)
        return [change]
    if old == new:
        return []
    return [*_compare_common(old, new), *_compare_contents(old, new)]


def _pair_interactions(
    old: tuple[Interaction, ...], new: tuple[Interaction, ...]
) -> list[_Pair]:
    """Pair interactions by key, by identity, then by a description that is unique."""
    left, right = dict(enumerate(old)), dict(enumerate(new))
    found: dict[int, Interaction] = {}
    for get_name, is_unique in (
        (_get_key, False),
        (identify, False),
        (_get_kind_and_description, True),
    ):
        names = [_group(side, get_name) for side in (left, right)]
        for name in names[0].keys() & names[1].keys():
            positions = names[0][name], names[1][name]
            if is_unique and max(map(len, positions)) > 1:
                continue
            for before, after in zip(*positions, strict=False):
                found[after] = left.pop(before)
                del right[after]
    pairs: list[_Pair] = [(found.get(place), one) for place, one in enumerate(new)]
    return [*pairs, *((one, None) for one in left.values())]


def _group(
    interactions: Mapping[int, Interaction], get_name: Callable[[Interaction], object]
) -> dict[object, list[int]]:
    groups: dict[object, list[int]] = {}
    for place, one in interactions.items():
        if (name := get_name(one)) is not None:
            groups.setdefault(name, []).append(place)
    return groups


def _get_key(interaction: Interaction) -> str | None:
    return interaction.key


def _get_kind_and_description(interaction: Interaction) -> tuple[object, str]:
    return identify(interaction)[0], interaction.description


def _compare_metadata(old: Contract, new: Contract) -> Iterator[Change]:
    if old.version is not new.version:
        text = f"was {old.version}, now {new.version}"
        yield Change(None, "specification version", text, Verdict.HARMLESS)
    plugins = [one.metadata.get("plugins") or [] for one in (old, new)]
    if freeze_json(plugins[0]) != freeze_json(plugins[1]):
        yield _make_undecided(None, "plugins", plugins[0], plugins[1])


def _compare_common(old: Interaction, new: Interaction) -> Iterator[Change]:
    """Yield the changes of what all types of interactions have."""
    if old.description != new.description:
        # A provider can choose a message by its description.
        text = f"was {dump_json(old.description)}, now {dump_json(new.description)}"
        yield Change(new, "description", text, Verdict.NEEDS_PROVIDER)
    states = [list(map(_freeze_state, one.states)) for one in (old, new)]
    if states[0] != states[1]:
        words = [_describe_states(one.states) for one in (old, new)]
        text = f"were {words[0]}, now {words[1]}"
        yield Change(new, "provider states", text, Verdict.NEEDS_PROVIDER)
    if old.pending != new.pending:
        if new.pending:
            text, verdict = "the interaction is now pending", Verdict.HARMLESS
        else:
            text = "the interaction is no longer pending, so that it can fail a run"
            verdict = Verdict.NEEDS_PROVIDER
        yield Change(new, "pending", text, verdict)
    if old.transport != new.transport:
        text = f"was {old.transport}, now {new.transport}"
        yield Change(new, "transport", text, Verdict.NEEDS_PROVIDER)
    for place, get_part in _UNDECIDED_PARTS.items():
        parts = [get_part(one) for one in (old, new)]
        if freeze_json(parts[0]) != freeze_json(parts[1]):
            yield _make_undecided(new, place, parts[0], parts[1])
    for place, get_part in _HARMLESS_PARTS.items():
        parts = [get_part(one) for one in (old, new)]
        if freeze_json(parts[0]) != freeze_json(parts[1]):
            yield Change(new, place, "the wording has changed", Verdict.HARMLESS)


_UNDECIDED_PARTS: dict[str, Callable[[Interaction], Json]] = {
    "plugin configuration": lambda one: dict(one.plugin_configuration),
    "unknown members": lambda one: dict(one.unknown),
}
_HARMLESS_PARTS: dict[str, Callable[[Interaction], Json]] = {
    "comments": lambda one: dict(one.comments),
    "markup": lambda one: dict(one.markup or {}),
}


def _make_undecided(
    interaction: Interaction | None, place: str, old: Json, new: Json
) -> Change:
    shown = truncate(dump_json(old)), truncate(dump_json(new))
    text = f"was {shown[0]}, now {shown[1]}"
    return Change(interaction, place, text, Verdict.NEEDS_PROVIDER, is_undecided=True)


def _freeze_state(state: ProviderState) -> object:
    return state.name, freeze_json(dict(state.params))


def _describe_states(states: tuple[ProviderState, ...]) -> str:
    return " and ".join(map(format_state, states)) or "none"


def _compare_contents(old: Interaction, new: Interaction) -> Iterator[Change]:
    """Yield the changes of requests, responses and messages."""
    if isinstance(old, HttpInteraction) and isinstance(new, HttpInteraction):
        requests = compare_requests(old.request, new.request)
        yield from _judge(new, "request", requests, is_sent=True)
        responses = list(compare_responses(old.response, new.response))
        responses += _confirm(
            responses,
            compile_response(old).check,
            compile_response(new).check,
            old.response,
        )
        yield from _judge(new, "response", responses)
    elif isinstance(old, AsyncMessage) and isinstance(new, AsyncMessage):
        yield from _compare_expected_messages(new, "message", old.message, new.message)
    elif isinstance(old, SyncMessage) and isinstance(new, SyncMessage):
        sent = compare_messages(old.request, new.request, is_sent=True)
        yield from _judge(new, "request", sent, is_sent=True)
        if len(old.responses) != len(new.responses):
            text = f"were {len(old.responses)}, now {len(new.responses)}"
            difference = Difference("", text, Relation.UNDECIDED)
            yield from _judge(new, "responses", [difference])
        for number, pair in enumerate(zip(old.responses, new.responses, strict=False)):
            place = f"response {number + 1}" if len(new.responses) > 1 else "response"
            yield from _compare_expected_messages(new, place, *pair)
    elif isinstance(old, UnknownInteraction) and isinstance(new, UnknownInteraction):
        if freeze_json(dict(old.data)) != freeze_json(dict(new.data)):
            text = f"the interaction has changed; {new.problem}"
            yield Change(new, "", text, Verdict.NEEDS_PROVIDER, is_undecided=True)
    else:
        text = "the interaction is of another type"
        yield Change(new, "", text, Verdict.NEEDS_PROVIDER)


def _compare_expected_messages(
    interaction: Interaction, part: str, old: Message, new: Message
) -> Iterator[Change]:
    differences = list(compare_messages(old, new))
    plans = compile_message(old), compile_message(new)
    differences += _confirm(
        differences, plans[0].check_message, plans[1].check_message, old
    )
    yield from _judge(interaction, part, differences)


_Part = TypeVar("_Part")


def _confirm(
    differences: list[Difference],
    check_old: Callable[[_Part], object],
    check_new: Callable[[_Part], object],
    example: _Part,
) -> list[Difference]:
    """Return a further difference if all are harmless, but the old example fails."""
    if (
        not differences
        or any(one.relation not in _HARMLESS for one in differences)
        or check_old(example)
        or not check_new(example)
    ):
        return []
    text = "the old example does not match what is expected now"
    return [Difference("", text, Relation.STRICTER)]


def _judge(
    interaction: Interaction,
    part: str,
    differences: Iterable[Difference],
    *,
    is_sent: bool = False,
) -> Iterator[Change]:
    """Yield the changes of a part; `is_sent` is true for what the provider receives."""
    harmless = _HARMLESS_IF_SENT if is_sent else _HARMLESS
    for one in differences:
        is_harmless = one.relation in harmless
        yield Change(
            interaction,
            f"{part} {one.place}".rstrip(),
            one.text,
            Verdict.HARMLESS if is_harmless else Verdict.NEEDS_PROVIDER,
            is_undecided=one.relation is Relation.UNDECIDED,
        )


_HARMLESS_IF_SENT = frozenset({Relation.EXAMPLE})
_HARMLESS = frozenset({Relation.EXAMPLE, Relation.LOOSER})
