"""Format what a broker sends for people."""

from __future__ import annotations

from collections.abc import Sequence


def format_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return lines with a title for each column, a rule, and one line for each row.

    >>> print(format_table(["NAME", "TAGS"], [["1.0.0", "dev, prod"]]))
    NAME  | TAGS
    ------+----------
    1.0.0 | dev, prod
    """
    lines = [[make_printable(cell) for cell in row] for row in (titles, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = [" | ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    rule = "-+-".join("-" * width for width in widths)
    return "\n".join([shown[0], rule, *shown[1:]])


def make_printable(text: str) -> str:
    r"""Replace the control characters that could rewrite the terminal.

    >>> make_printable("two\nlines, \x1b[2Jand no clear screen")
    'two\nlines, ?[2Jand no clear screen'
    """
    return "".join(one if one.isprintable() or one in "\n\t" else "?" for one in text)
