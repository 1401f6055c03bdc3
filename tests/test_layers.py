"""Imports point only downward and form no circle."""

import ast
import functools
import importlib
import re
from pathlib import Path

import pytest

import pypact

PACKAGE = Path(pypact.__file__).parent

# ARCHITECTURE.md, "Rooms": a module may import from its own layer or from one below.
LAYERS = {
    "_dataclasses": 0,
    "_lazy": 0,
    "_version": 0,
    "_process": 0,
    "deadline": 0,
    "errors": 0,
    "former_names": 0,
    "similar_names": 0,
    "frames": 0,
    "masking": 0,
    "model": 0,
    "formats": 1,
    "rules": 1,
    "transport": 1,
    "web": 1,
    "matching": 2,
    "explain": 3,
    "generators": 3,
    "bodies": 4,
    "broker": 4,
    "fault": 4,
    "fields": 4,
    "generate": 4,
    "match": 4,
    "pages": 4,
    "payloads": 4,
    "registry": 4,
    "review": 4,
    "select": 4,
    "sources": 4,
    "strategies": 4,
    "targets": 4,
    "consumer": 5,
    "hooks": 5,
    "server": 5,
    "verifier": 5,
    "cli": 6,
    "compat": 6,
    "ext": 6,
    "pytest_plugin": 6,
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


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def reexports_of(path: Path) -> dict[str, str]:
    """Return where the names of a package come from, if its `__init__` only re-exports.

    Such an `__init__` may hold a docstring, imports and `__all__`, and nothing else.
    """
    homes = {}
    for statement in tree_of(path).body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            homes |= {
                alias.asname or alias.name: f"{statement.module}.{alias.name}"
                for alias in statement.names
            }
        elif isinstance(statement, ast.Assign):
            if ast.unparse(statement.targets[0]) != "__all__":
                return {}
        elif not (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
        ):
            return {}
    return homes


def imports_of(module: str, path: Path) -> set[str]:
    """Return every module of pypact that `module` imports, wherever it does.

    Imports inside of functions count, and those below `if TYPE_CHECKING:`. A name
    imported from a package that only re-exports counts as imported from its home.
    """
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {home_of(f"{node.module}.{alias.name}") for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {home_of(alias.name) for alias in node.names}
    return {name for name in found if name.startswith("pypact.")} - {module}


def home_of(name: str) -> str:
    """Return the module that defines what is imported as `name`."""
    while name not in MODULES:
        module, _, attribute = name.rpartition(".")
        if attribute not in reexports().get(module, {}):
            return module
        name = reexports()[module][attribute]
    return name


MODULES = modules()


@functools.cache
def reexports() -> dict[str, dict[str, str]]:
    return {
        module: reexports_of(path)
        for module, path in MODULES.items()
        if path.name == "__init__.py" and module != "pypact"
    }


@functools.cache
def rooms() -> dict[str, set[str]]:
    return {
        module: imports_of(module, path)
        for module, path in MODULES.items()
        if module != "pypact"
    }


@pytest.fixture(scope="module", autouse=True)
def _free_the_trees():
    yield
    tree_of.cache_clear()


def test_every_room_has_a_layer():
    assert {room_of(module) for module in rooms()} <= set(LAYERS)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "pypact"])
def test_imports_point_downward(module):
    layer = LAYERS[room_of(module)]
    upward = {name for name in rooms()[module] if LAYERS.get(room_of(name), 99) > layer}

    assert set() == upward


def test_imports_between_rooms_form_no_circle():
    graph: dict[str, set[str]] = {}
    for module, names in rooms().items():
        room = room_of(module)
        graph.setdefault(room, set()).update({room_of(name) for name in names} - {room})

    assert [] == circle_in(graph)


def test_imports_between_modules_form_no_circle():
    modules = {
        name: found for name, found in rooms().items() if not reexports().get(name)
    }

    assert [] == circle_in(modules)


def places_in(path: Path) -> set[str]:
    """Return the strings `pypact.module` and `pypact.module:name` of a file."""
    return {
        node.value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"pypact(\.[A-Za-z_]\w*)+(:\w+)?", node.value)
    }


# The table of content types is below the packages that it names: ARCHITECTURE.md.
UPWARD = {"pypact.model.body"}


@pytest.mark.parametrize("module", MODULES)
def test_what_a_string_names_exists_and_is_not_above(module):
    for place in places_in(MODULES[module]):
        named, _, attribute = place.partition(":")
        if module not in UPWARD | {"pypact"}:
            assert LAYERS[room_of(named)] <= LAYERS[room_of(module)], place
        # A hook's module is not imported, as its library may not be installed.
        if attribute:
            assert callable(getattr(importlib.import_module(named), attribute)), place
        else:
            assert named in MODULES, place


def test_names_that_are_imported_late_exist():
    packages = [pypact, importlib.import_module("pypact.verifier")]
    late = [(one, name) for one in packages for name in one.__all__]

    assert [] == [(one, name) for one, name in late if not hasattr(one, name)]


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
