"""Define the pact formats of versions 1.0.0, 1.1.0 and 2.0.0.

Version 1.1 ignores the order of query parameters, version 2 adds matching rules.

Source: semantics sections 1.3 and 2.3.
"""

from __future__ import annotations

from dataclasses import replace

from pypact.formats.bodies import read_plain, write_plain
from pypact.formats.classic import read_classic, read_plain_message, write_classic
from pypact.formats.form import Form
from pypact.formats.generators import lose_generators
from pypact.formats.headers import write_header_texts
from pypact.formats.matching_rules import write_flat, write_none
from pypact.formats.queries import (
    read_ordered_query,
    read_query,
    write_ordered_query,
    write_query_text,
)
from pypact.formats.states import write_one_state
from pypact.model.versions import SpecificationVersion

__all__ = ["V1", "V1_1", "V2"]


V1 = Form(
    version=SpecificationVersion.V1,
    read_query=read_ordered_query,
    write_query=write_ordered_query,
    write_headers=write_header_texts,
    read_body=read_plain,
    write_body=write_plain,
    write_rules=write_none,
    write_generators=lose_generators,
    write_states=write_one_state,
    read_message=read_plain_message,
    read=read_classic,
    write=write_classic,
)
V1_1 = replace(
    V1,
    version=SpecificationVersion.V1_1,
    read_query=read_query,
    write_query=write_query_text,
)
V2 = replace(V1_1, version=SpecificationVersion.V2, write_rules=write_flat)
