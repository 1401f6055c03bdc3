"""A body that is not JSON, as the functions of `pypact.bodies` build it."""

from __future__ import annotations

from collections.abc import Mapping

from pypact._dataclasses import dataclass, field
from pypact.model.body import Body, parse_content_type
from pypact.model.rules import Generator, RuleList


@dataclass(frozen=True, slots=True)
class Contents:
    """A body as bytes, with its matching rules and generators by rule path.

    `content_type` is the value of the Content-Type header. `content_type_rules` are
    matching rules of that header, if other values are accepted too.
    """

    content: bytes
    content_type: str
    rules: Mapping[str, RuleList] = field(default_factory=dict)
    generators: Mapping[str, Generator] = field(default_factory=dict)
    content_type_rules: RuleList | None = None
    is_text: bool = field(default=True, compare=False)

    @property
    def body(self) -> Body:
        """The body with its content type, without rules and generators."""
        content_type = parse_content_type(self.content_type)
        return Body.of(self.content, content_type, is_text=self.is_text)

    @property
    def label(self) -> str:
        """The label of the contents as an option of `match.one_of`."""
        return self.content_type.partition(";")[0]
