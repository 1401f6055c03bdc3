"""Read and write the provider states of interactions in pact files.

Source: semantics section 1.3, "Provider state reading".
"""

from __future__ import annotations

from pypact.formats.checks import text_of
from pypact.formats.losses import Losses
from pypact.formats.notices import tolerate
from pypact.model.interactions import ProviderState
from pypact.model.json_text import Json

__all__ = ["STATE_MEMBERS", "read_states", "write_one_state", "write_states"]

States = tuple[ProviderState, ...]
"""The provider states of an interaction."""


def read_states(data: dict[str, Json], place: str) -> States:
    """Read the provider states in any of their forms."""
    if "providerStates" in data:
        states = data["providerStates"]
        if not isinstance(states, list):
            return ()
        here = f"{place}.providerStates"
        return tuple(_read_state(s, f"{here}[{i}]") for i, s in enumerate(states))
    state = data.get("providerState") or data.get("provider_state")
    if state in (None, ""):
        return ()
    return (ProviderState(text_of(state)),)


def write_states(states: States, _conversion: Losses) -> dict[str, Json]:
    """Return the member for provider states in v3 and v4."""
    return {"providerStates": [_write_state(state) for state in states]}


def write_one_state(states: States, conversion: Losses) -> dict[str, Json]:
    """Return the member for the provider state in v1 and v2: the name of one state.

    Raises: NotExpressible for further states or parameters, unless losses are allowed.
    """
    if conversion.same and (states[1:] or states[0].params or not states[0].name):
        return write_states(states, conversion)
    for state in states[1:]:
        conversion.lose(f"the second provider state '{state.name}'")
    if states[0].params:
        conversion.lose(f"the parameters of the provider state '{states[0].name}'")
    return {"providerState": states[0].name}


def _read_state(data: Json, place: str) -> ProviderState:
    if not isinstance(data, dict):
        tolerate(place, "expected a provider state object; used the value as its name")
        return ProviderState(text_of(data))
    name, params = data.get("name"), data.get("params")
    if name is None:
        name = "unknown provider states"
        tolerate(place, f"a provider state without a name; used {name!r}")
    if params is not None and not isinstance(params, dict):
        tolerate(place, "expected an object of provider state parameters; left out")
        params = None
    return ProviderState(text_of(name), params or {})


def _write_state(state: ProviderState) -> dict[str, Json]:
    written: dict[str, Json] = {"name": state.name}
    if state.params:
        written["params"] = dict(state.params)
    return written


STATE_MEMBERS = ("providerState", "provider_state", "providerStates")
