"""Dataclasses whose methods are made when they are first used.

The decorator of the standard library compiles up to seven methods for each class, which
was a quarter of the time that importing pypact took. Here, `__init__` is compiled when
the first object is made, and the other methods are shared. All fields are slots, and
objects are created faster, because `__init__` sets the slots directly. For everything
else (`dataclasses.fields`, `asdict`, subclasses) they are standard dataclasses.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    # Type checkers treat the names as those of the standard library.
    from dataclasses import dataclass, field, replace

__all__ = ["dataclass", "field", "replace"]

C = TypeVar("C")
T = TypeVar("T")


class _Field:
    """A field with its default value, or the function that makes it."""

    __slots__ = ("compare", "default", "default_factory", "kw_only", "repr")

    def __init__(
        self,
        default: Any = ...,
        default_factory: Any = ...,
        *,
        compare: bool = True,
        repr: bool = True,  # noqa: A002 -- the name that `dataclasses.field` gives it
        kw_only: bool = False,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.compare = compare
        self.repr = repr
        self.kw_only = kw_only

    def make_default(self) -> Any:
        """Return what `dataclasses.dataclass` expects as the attribute of the class."""
        import dataclasses  # noqa: PLC0415 -- it imports `inspect`

        missing = dataclasses.MISSING
        factory: Any = dataclasses.field
        return factory(
            default=missing if self.default is _MISSING else self.default,
            default_factory=(
                missing if self.default_factory is _MISSING else self.default_factory
            ),
            compare=self.compare,
            repr=self.repr,
            kw_only=self.kw_only,
        )


def _replace(value: T, /, **changes: Any) -> T:
    cls: Any = type(value)
    for name in cls.__fields__:
        if name not in changes:
            changes[name] = getattr(value, name)
    result: T = cls(**changes)
    return result


def _decorate(
    cls: type[C] | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002 -- the name that `dataclasses.dataclass` gives it
    kw_only: bool = False,
) -> Any:
    """Make a class a dataclass, or return a decorator that does so."""

    def decorate(cls: type[C]) -> type[C]:
        return _make_class(
            cls, frozen=frozen, slots=slots, eq=eq, has_repr=repr, kw_only=kw_only
        )

    return decorate if cls is None else decorate(cls)


def _make_class(
    cls: type[C],
    *,
    frozen: bool,
    slots: bool,
    eq: bool,
    has_repr: bool,
    kw_only: bool,
) -> type[C]:
    namespace = dict(cls.__dict__)
    own = {}
    for name in cls.__annotations__:
        default = namespace.pop(name, _MISSING)
        own[name] = default if isinstance(default, _Field) else _Field(default)
        own[name].kw_only |= kw_only
    inherited: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        inherited |= base.__dict__.get("__fields__", {})
    fields = inherited | own
    namespace.pop("__dict__", None)
    namespace.pop("__weakref__", None)
    names = [name for name in own if name not in inherited]
    parent: Any = cls.__base__
    if not slots and not parent.__dictoffset__:
        names.append("__dict__")
    if not slots and not parent.__weakrefoffset__:
        names.append("__weakref__")
    namespace["__slots__"] = tuple(names)
    namespace["__fields__"] = fields
    namespace["__match_args__"] = tuple(
        name for name, one in fields.items() if not one.kw_only
    )
    if has_repr:
        namespace.setdefault("__repr__", _write)
    if eq:
        compared = [name for name, one in fields.items() if one.compare]
        namespace["__compared__"] = staticmethod(_make_getter(compared))
        namespace.setdefault("__eq__", _is_equal)
        # A class that defines `__eq__` alone gets the hash None from Python.
        if namespace.get("__hash__") is None:
            namespace["__hash__"] = _compute_hash if frozen else None
    if frozen:
        namespace |= _FROZEN
    standard = {"frozen": frozen, "eq": eq, "repr": has_repr, "kw_only": kw_only}
    for name in ("__init__", "__dataclass_fields__", "__dataclass_params__"):
        namespace[name] = _Later(own, standard)
    metaclass: Any = type(cls)
    made: type[C] = metaclass(cls.__name__, cls.__bases__, namespace)
    return made


def _make_getter(names: list[str]) -> Callable[[Any], Any]:
    """Return a function from an object to the values of its fields."""
    if names:
        return attrgetter(*names)
    return lambda _: ()


class _Factory:
    """The default value, in a signature, of a field whose value a function makes."""

    def __repr__(self) -> str:
        return "<factory>"


class _Later:
    """An attribute of a class that is made when it is first read."""

    def __init__(
        self, fields: Mapping[str, _Field], parameters: Mapping[str, bool]
    ) -> None:
        self.fields = fields
        self.parameters = parameters

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, value: object, owner: type) -> Any:
        if self.name == "__init__":
            init = _compile_init(self.owner)
            setattr(self.owner, self.name, init)
            return init.__get__(value, owner)
        made = self._make_standard_class()
        for name in ("__dataclass_fields__", "__dataclass_params__"):
            setattr(self.owner, name, made.__dict__[name])
        return made.__dict__[self.name]

    def _make_standard_class(self) -> type:
        """Return a dataclass of the standard library with the same fields."""
        import dataclasses  # noqa: PLC0415 -- it imports `inspect`

        cls = self.owner
        namespace = {
            "__annotations__": cls.__annotations__,
            "__module__": cls.__module__,
            "__doc__": cls.__doc__,
            **{name: one.make_default() for name, one in self.fields.items()},
        }
        decorate: Any = dataclasses.dataclass(init=False, **self.parameters)
        standard: type = decorate(type(cls)(cls.__name__, cls.__bases__, namespace))
        return standard


def _compile_init(cls: Any) -> Any:
    """Compile the function that sets the slots of a new object."""
    names: dict[str, Any] = {"missing": _FACTORY}
    parameters = ["self"]
    keywords: list[str] = []
    lines: list[str] = []
    for name, one in cls.__fields__.items():
        names[f"set_{name}"] = getattr(cls, name).__set__
        parameter, value = name, name
        if one.default_factory is not _MISSING:
            names[f"make_{name}"] = one.default_factory
            parameter = f"{name}=missing"
            value = f"make_{name}() if {name} is missing else {name}"
        elif one.default is not _MISSING:
            names[f"default_{name}"] = one.default
            parameter = f"{name}=default_{name}"
        (keywords if one.kw_only else parameters).append(parameter)
        lines.append(f"  set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("  self.__post_init__()")
    if keywords:
        parameters += ["*", *keywords]
    source = f"""
def make({", ".join(names)}):
 def __init__({", ".join(parameters)}):
{chr(10).join(lines or ["  pass"])}
 return __init__
"""
    module = sys.modules.get(cls.__module__)
    made: dict[str, Any] = {}
    exec(source, vars(module) if module else {}, made)  # noqa: S102 -- made of names of fields
    init = made["make"](**names)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    annotations: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if "__fields__" in base.__dict__:
            annotations |= base.__annotations__
    init.__annotations__ = {**annotations, "return": None}
    return init


# -- the methods that all classes share ------------------------------------------------


def _write(self: Any) -> str:
    shown = (name for name, one in self.__fields__.items() if one.repr)
    text = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({text})"


def _is_equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    read = self.__compared__
    return read(self) == read(other)


def _compute_hash(self: Any) -> int:
    return hash(self.__compared__(self))


def _refuse_set(self: Any, name: str, value: object) -> None:
    if name in self.__fields__ or "__fields__" in type(self).__dict__:
        raise _make_frozen_error(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def _refuse_delete(self: Any, name: str) -> None:
    if name in self.__fields__ or "__fields__" in type(self).__dict__:
        raise _make_frozen_error(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _make_frozen_error(text: str) -> AttributeError:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 -- it imports `inspect`

    return FrozenInstanceError(text)


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__fields__]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__fields__, state, strict=True):
        object.__setattr__(self, name, value)


_FROZEN = {
    "__setattr__": _refuse_set,
    "__delattr__": _refuse_delete,
    "__getstate__": _get_state,
    "__setstate__": _set_state,
}
_MISSING = ...
_FACTORY = _Factory()

if not TYPE_CHECKING:
    dataclass, field, replace = _decorate, _Field, _replace
