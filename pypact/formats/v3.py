"""Define the pact format of version 3.0.0.

Source: semantics sections 1.3, 1.6 and 14.1.
"""

from __future__ import annotations

from dataclasses import replace

from pypact.formats.generators import write_generators
from pypact.formats.matching_rules import write_categories
from pypact.formats.queries import write_query_map
from pypact.formats.states import write_states
from pypact.formats.v1_v2 import V2
from pypact.model.versions import SpecificationVersion

__all__ = ["V3"]

V3 = replace(
    V2,
    version=SpecificationVersion.V3,
    write_query=write_query_map,
    write_rules=write_categories,
    write_generators=write_generators,
    write_states=write_states,
    has_messages=True,
)
