"""What may a user ask of a value, other than that it be equal to the example?"""

from pypact.match.containers import each_like
from pypact.match.nodes import Matcher
from pypact.match.scalars import like, regex, term
from pypact.match.split import (
    Parts,
    Texts,
    Value,
    example,
    split,
    split_text,
    split_value,
)

__all__ = [
    "Matcher",
    "Parts",
    "Texts",
    "Value",
    "each_like",
    "example",
    "like",
    "regex",
    "split",
    "split_text",
    "split_value",
    "term",
]
