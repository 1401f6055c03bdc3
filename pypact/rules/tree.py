"""Which rule list counts at this place of a body?

All rule paths of a body form one tree, which is walked together with the body. A path's
weight depends on the path alone once it fits (each name or index counts 2, each star
1), so all lists are ranked when they are compiled, and the choice at a place is the
greatest rank among the lists that end here and the best one further up, which cascades.

Source: semantics sections 5.2 (weight), 5.3 (choosing) and 5.4 (cascading).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pypact.model.paths import Path, Star, Token, parse_path
from pypact.model.rules import RuleList
from pypact.rules.compiled import CompiledList, compile_list

__all__ = [
    "UNREADABLE_PATH",
    "Node",
    "Ranked",
    "RuleTree",
    "rank_key",
    "ranked_lists",
]


class Node:
    """One step of the tree; `ends` is the best list whose path ends here."""

    __slots__ = ("any", "any_index", "ends", "indexes", "names")

    def __init__(self) -> None:
        self.ends: CompiledList | None = None
        self.names: dict[str, Node] = {}
        self.indexes: dict[int, Node] = {}
        self.any: Node | None = None
        self.any_index: Node | None = None

    def child(self, token: Token) -> Node:
        """The node below for a step of a rule path, made if it is not there."""
        if token is Star.ANY:
            self.any = self.any or Node()
            return self.any
        if token is Star.INDEX:
            self.any_index = self.any_index or Node()
            return self.any_index
        # A name of digits and an index are the same step: both fit the same places.
        name = str(token)
        node = self.names.setdefault(name, Node())
        if name.isdecimal() and str(int(name)) == name:
            self.indexes[int(name)] = node
        return node

    def fitting(self, step: str | int) -> list[Node]:
        """The nodes one step further that fit a key or an index of a document."""
        if isinstance(step, int):
            exact = self.indexes.get(step)
            star = self.any_index
        else:
            exact = self.names.get(step)
            star = self.any_index if step.isdecimal() else None
        return [found for found in (exact, star, self.any) if found is not None]


class Ranked:
    """A rule list with its path."""

    __slots__ = ("list", "path")

    def __init__(self, path: Path, compiled: CompiledList) -> None:
        self.path = path
        self.list = compiled


class RuleTree:
    """The rule paths of one body; `problems` are texts of paths that cannot be read."""

    __slots__ = ("problems", "ranked", "root")

    def __init__(self, rules: Mapping[str, RuleList]) -> None:
        self.ranked, self.problems = ranked_lists(rules)
        self.root = Node()
        for ranked in self.ranked:
            node = self.root
            for token in ranked.path.tokens:
                node = node.child(token)
            # Ranked from low to high: of two paths to one node the later wins.
            node.ends = ranked.list

    def __bool__(self) -> bool:
        return bool(self.ranked)

    def choose(self, *steps: str | int) -> CompiledList | None:
        """Choose the rule list for the place that these steps lead to."""
        best = self.root.ends
        live = [self.root]
        for step in steps:
            live = [fitting for node in live for fitting in node.fitting(step)]
            for node in live:
                if node.ends and (best is None or node.ends.rank > best.rank):
                    best = node.ends
        return best


def ranked_lists(
    rules: Mapping[str, RuleList],
) -> tuple[list[Ranked], list[tuple[str, str]]]:
    """Compile the rule lists, ordered by rank from low to high.

    Also gives (path, reason) for each path that cannot be read.
    """
    paths: list[tuple[Path, RuleList]] = []
    problems: list[tuple[str, str]] = []
    for text, rule_list in rules.items():
        if not rule_list.rules:
            continue  # 5.3: a list without matchers defines nothing
        try:
            paths.append((parse_path(text), rule_list))
        except ValueError as error:
            problems.append((text, str(error)))
    order = sorted(range(len(paths)), key=lambda i: (*rank_key(paths[i][0].tokens), i))
    return (
        [
            Ranked(paths[index][0], compile_list(paths[index][1], rank))
            for rank, index in enumerate(order, start=1)
        ],
        problems,
    )


def rank_key(tokens: Iterable[Token]) -> tuple[int, tuple[bool, ...]]:
    """The order of paths that fit: weight times length, then fewer early stars."""
    tokens = tuple(tokens)
    weight = 2
    for token in tokens:
        weight *= 1 if isinstance(token, Star) else 2
    return weight * (len(tokens) + 1), tuple(
        not isinstance(token, Star) for token in tokens
    )


UNREADABLE_PATH = "The rule's path cannot be read: "
