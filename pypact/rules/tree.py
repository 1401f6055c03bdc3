"""Which rule list counts at this place of a body?

All rule paths of a body form one tree, which is walked together with the body. A path's
weight depends on the path alone once it fits (each name or index counts 2, each star
1), so all lists are ranked when they are compiled, and the choice at a place is the
greatest rank among the lists that end here and the best one further up, which cascades.

Several nodes of the tree may fit one place of the body (`$.a` and `$.*`). What follows
from them is found out once, when a place is first stepped into, and then looked up: a
step costs the same with one rule and with a thousand.

Source: semantics sections 5.2 (weight), 5.3 (choosing) and 5.4 (cascading).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pypact.model.paths import Path, Star, Token, parse_path
from pypact.model.rules import RuleList
from pypact.rules.compiled import CompiledList, compile_list

__all__ = [
    "UNREADABLE_PATH",
    "Place",
    "Ranked",
    "RuleTree",
    "is_number",
    "rank_key",
    "unreadable_paths",
]

UNREADABLE_PATH = "The path of the matching rule is not valid: "


class Ranked:
    """A compiled rule list with its rule path."""

    __slots__ = ("list", "path")

    def __init__(self, path: Path, compiled: CompiledList) -> None:
        self.path = path
        self.list = compiled


class RuleTree:
    """The rules of one body, by rule path.

    `ranked` holds the rule lists in order of their rank, the lowest first; `root` is
    the place `$`. Invalid paths are left out: see `unreadable_paths`.
    """

    __slots__ = ("ranked", "root")

    def __init__(self, rules: Mapping[str, RuleList]) -> None:
        self.ranked = _rank_lists(rules) if rules else []
        if not self.ranked:
            self.root = _NOWHERE
            return
        top = _Node()
        for ranked in self.ranked:
            node = top
            for token in ranked.path.tokens:
                node = node.child(token)
            # Sorted by rank: of two paths to one node, the later has the greater rank.
            node.rule_list = ranked.list
        self.root = Place((top,), top.rule_list, cascaded=False)

    def __bool__(self) -> bool:
        return bool(self.ranked)

    def choose(self, *steps: str | int) -> CompiledList | None:
        """Return the rule list that applies at the end of these steps, if any."""
        place = self.root
        for step in steps:
            place = place.step(step)
        return place.best


class Place:
    """A place in a body; places to which the same rules apply may share one object.

    `best` is the rule list that applies here, `cascaded` is true if its path ends at a
    parent. If `is_leaf`, no rule path leads further down.
    """

    __slots__ = (
        "_indexes",
        "_names",
        "_nodes",
        "_number_place",
        "_other_place",
        "best",
        "cascaded",
        "is_leaf",
    )

    _names: dict[str, Place] | None
    _indexes: dict[int, Place]
    _number_place: Place
    _other_place: Place

    def __init__(
        self, nodes: Sequence[_Node], best: CompiledList | None, *, cascaded: bool
    ) -> None:
        self.best = best
        self.cascaded = cascaded
        self.is_leaf = True
        for node in nodes:
            if node.children or node.star or node.index_star:
                self.is_leaf = False
                break
        self._nodes = nodes
        self._names = None

    def name(self, key: str) -> Place:
        """Return the place of a key of an object."""
        if self._names is None:
            self._names = self._expand()
        found = self._names.get(key)
        if found is not None:
            return found
        return self._number_place if is_number(key) else self._other_place

    def index(self, index: int) -> Place:
        """Return the place of an item of a list."""
        if self._names is None:
            self._names = self._expand()
        return self._indexes.get(index, self._number_place)

    def step(self, step: str | int) -> Place:
        """Return the place of a key or an item."""
        return self.index(step) if isinstance(step, int) else self.name(step)

    def _expand(self) -> dict[str, Place]:
        nodes = self._nodes
        stars = [node.star for node in nodes if node.star]
        index_stars = [node.index_star for node in nodes if node.index_star]
        self._other_place = self._make_place(stars)
        self._number_place = (
            self._make_place([*stars, *index_stars])
            if index_stars
            else self._other_place
        )
        self._indexes = {}
        names: dict[str, Place] = {}
        for name in {name: None for node in nodes for name in node.children}:
            fitting = [node.children[name] for node in nodes if name in node.children]
            if is_number(name):
                place = self._make_place([*fitting, *stars, *index_stars])
                self._indexes[int(name)] = place
            else:
                place = self._make_place([*fitting, *stars])
            names[name] = place
        return names

    def _make_place(self, nodes: Sequence[_Node]) -> Place:
        if not nodes:
            return self._below
        best, cascaded = self.best, True
        for node in nodes:
            rule_list = node.rule_list
            if rule_list is not None and (best is None or rule_list.rank > best.rank):
                best, cascaded = rule_list, False
        return Place(nodes, best, cascaded=cascaded)

    @property
    def _below(self) -> Place:
        """The place of children without rule paths of their own: `best` cascades."""
        if self.best is None:
            return _NOWHERE
        if self.cascaded and not self._nodes:
            return self
        return Place((), self.best, cascaded=True)


class _Node:
    """A step of the rule paths; `rule_list` has the path that ends here."""

    __slots__ = ("children", "index_star", "rule_list", "star")

    def __init__(self) -> None:
        self.rule_list: CompiledList | None = None
        self.children: dict[str, _Node] = {}
        self.star: _Node | None = None
        self.index_star: _Node | None = None

    def child(self, token: Token) -> _Node:
        """Return the child node for a step of a rule path; add it if it is missing."""
        if token is Star.ANY:
            self.star = self.star or _Node()
            return self.star
        if token is Star.INDEX:
            self.index_star = self.index_star or _Node()
            return self.index_star
        # A name of digits and an index are the same step.
        return self.children.setdefault(str(token), _Node())


def unreadable_paths(rules: Mapping[str, RuleList]) -> list[tuple[str, str]]:
    """Return (path, reason) for each invalid rule path."""
    found = ((text, _parse_or_reason(text)) for text, one in rules.items() if one.rules)
    return [(text, path) for text, path in found if isinstance(path, str)]


def _parse_or_reason(text: str) -> Path | str:
    """Parse a rule path; return the reason if it is invalid."""
    try:
        return parse_path(text)
    except ValueError as error:
        return str(error)


def is_number(name: str) -> bool:
    """Return whether a key can also be read as an index: "0", "10", not "01"."""
    return name.isdigit() and name.isascii() and (name == "0" or name[0] != "0")


def rank_key(tokens: Iterable[Token]) -> tuple[int, tuple[bool, ...]]:
    """Return the sort key of a rule path: weight times length, then later stars."""
    is_exact = tuple(not isinstance(token, Star) for token in tokens)
    return 2 ** (1 + sum(is_exact)) * (1 + len(is_exact)), is_exact


def _rank_lists(rules: Mapping[str, RuleList]) -> list[Ranked]:
    # 5.3: an empty rule list is ignored.
    read = ((_parse_or_reason(text), one) for text, one in rules.items() if one.rules)
    paths = [(path, one) for path, one in read if not isinstance(path, str)]
    # Of equal keys, the later in the file gets the greater rank: sorting is stable.
    paths.sort(key=lambda pair: rank_key(pair[0].tokens))
    return [
        Ranked(path, compile_list(rule_list, rank))
        for rank, (path, rule_list) in enumerate(paths, start=1)
    ]


_NOWHERE = Place((), None, cascaded=True)
