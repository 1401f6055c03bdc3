"""Imports point only downward and form no circle."""

import ast
from pathlib import Path

import pytest

import pypact

PACKAGE = Path(pypact.__file__).parent

# ARCHITECTURE.md, "Rooms": a module may import from its own layer or from one below.
LAYERS = {
    "deferral": 0,
    "errors": 0,
    "frames": 0,
    "masking": 0,
    "model": 0,
    "network": 0,
    "passing": 0,
    "spool": 0,
    "formats": 1,
    "rules": 1,
    "web": 1,
    "contents": 2,
    "explain": 3,
    "generators": 3,
    "matching": 3,
    "bodies": 4,
    "broker": 4,
    "fault": 4,
    "generate": 4,
    "match": 4,
    "payloads": 4,
    "registry": 4,
    "select": 4,
    "sources": 4,
    "targets": 4,
    "consumer": 5,
    "hooks": 5,
    "server": 5,
    "verifier": 5,
    "cli": 6,
    "ext": 6,
    "pytest_plugin": 6,
    "pytest_provider": 6,
    "pytest_publishing": 6,
    "pytest_sharing": 6,
    "__main__": 7,
}


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def modules() -> dict[str, Path]:
    return {
        ".".join(
            ["pypact", *path.relative_to(PACKAGE).with_suffix("").parts]
        ).removesuffix(".__init__"): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imports_of(module: str, path: Path) -> set[str]:
    """Return the modules of pypact that `module` imports at run time, lazily or not.

    Imports below `if TYPE_CHECKING:` are ignored; only the type checker reads them.
    """
    known = modules()
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            block.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in known else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("pypact.")} - {module}


ROOMS = {
    module: imports_of(module, path)
    for module, path in modules().items()
    if module != "pypact"
}


def test_every_room_has_a_layer():
    assert {room_of(module) for module in ROOMS} <= set(LAYERS)


@pytest.mark.parametrize("module", ROOMS)
def test_imports_point_downward(module):
    layer = LAYERS[room_of(module)]
    upward = {name for name in ROOMS[module] if LAYERS.get(room_of(name), 99) > layer}

    assert set() == upward


def test_imports_between_rooms_form_no_circle():
    graph: dict[str, set[str]] = {}
    for module, names in ROOMS.items():
        room = room_of(module)
        graph.setdefault(room, set()).update({room_of(name) for name in names} - {room})

    assert [] == circle_in(graph)


def test_imports_between_modules_form_no_circle():
    assert [] == circle_in(ROOMS)


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()

    def visit(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph.get(node, ())):
            if circle := visit(following, [*trail, node]):
                return circle
        done.add(node)
        return []

    return next((c for node in sorted(graph) if (c := visit(node, []))), [])
