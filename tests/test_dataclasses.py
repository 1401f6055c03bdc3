"""Classes of `pypact/_dataclasses.py` behave as dataclasses of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import weakref

import pytest

from pypact import _dataclasses as fast


@fast.dataclass(frozen=True, slots=True)
class Point:
    """A point."""

    x: int
    y: int = 2
    tags: dict[str, int] = fast.field(default_factory=dict)
    note: str | None = fast.field(default=None, compare=False, repr=False)


@dataclasses.dataclass(frozen=True)
class Standard:
    """A point."""

    x: int
    y: int = 2
    tags: dict[str, int] = dataclasses.field(default_factory=dict)
    note: str | None = dataclasses.field(default=None, compare=False, repr=False)


@fast.dataclass(frozen=True, slots=True)
class Solid(Point):
    z: int = 3

    def __post_init__(self) -> None:
        if self.z < 0:
            raise ValueError(self.z)


@fast.dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    name: str
    size: int = 0


@fast.dataclass(frozen=True, slots=True)
class Mixed(Point):
    name: str = fast.field(kw_only=True)


@fast.dataclass(slots=True)
class Changing:
    x: int
    items: list[int] = fast.field(default_factory=list)


@fast.dataclass
class Open:
    x: int = 1


def test_a_class_without_slots_has_further_attributes() -> None:
    value = Open()
    value.more = 2  # type: ignore[attr-defined] # its `__dict__` is the subject

    assert {"more": 2} == vars(value)
    assert Open(1) == weakref.ref(value)()


def test_the_repr_shows_the_fields() -> None:
    assert repr(Point(1, tags={"a": 1})) == "Point(x=1, y=2, tags={'a': 1})"


def test_the_signature_is_that_of_the_standard_library() -> None:
    assert str(inspect.signature(Standard)) == str(inspect.signature(Point))


def test_values_are_equal_by_compared_fields() -> None:
    assert Point(1, note="a") == Point(1, note="b")
    assert Point(1) != Point(2)
    assert Point(1) != Solid(1)


def test_hashes_are_those_of_the_compared_fields() -> None:
    assert hash(Named(name="a")) == hash(Named(name="a"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Changing(1))


@pytest.mark.parametrize("name", ["x", "other"])
def test_a_frozen_value_cannot_be_changed(name: str) -> None:
    point = Point(1)

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(point, name, 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        delattr(point, name)


def test_a_subclass_can_have_attributes_of_its_own() -> None:
    class Labelled(Point):
        pass

    point = Labelled(1)
    point.label = "a"  # type: ignore[attr-defined] # as a user's subclass does
    del point.label  # type: ignore[attr-defined] # as above

    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 3  # type: ignore[misc] # the refusal is the subject


def test_a_value_that_is_not_frozen_can_be_changed() -> None:
    value = Changing(1)
    value.x = 2

    assert Changing(2) == value
    assert Changing(1).items is not value.items


def test_subclasses_inherit_fields() -> None:
    solid = Solid(1, z=5)

    assert (1, 2, 5) == (solid.x, solid.y, solid.z)
    with pytest.raises(ValueError, match="-1"):
        Solid(1, z=-1)


def test_fields_can_be_for_keywords_only() -> None:
    assert "(*, name: 'str', size: 'int' = 0) -> None" == str(inspect.signature(Named))
    assert Mixed(1, 2, name="a").name == "a"
    with pytest.raises(TypeError, match="positional"):
        Named("a")  # type: ignore[call-arg] # the refusal is the subject


@pytest.mark.parametrize("replace", [fast.replace, dataclasses.replace])
def test_values_are_changed_with_replace(replace: object) -> None:
    assert Solid(1, 5, z=4) == replace(Solid(1, 5), z=4)  # type: ignore[operator] # one of two functions


def test_the_functions_of_the_standard_library_accept_them() -> None:
    assert dataclasses.is_dataclass(Solid)
    assert ["x", "y", "tags", "note", "z"] == [
        one.name for one in dataclasses.fields(Solid)
    ]
    assert {"x": 1, "y": 2, "tags": {}, "note": None} == dataclasses.asdict(Point(1))
    assert ("x", "y", "tags", "note") == Point.__match_args__
    assert Named.__match_args__ == ()


def test_a_standard_dataclass_can_extend_them() -> None:
    @dataclasses.dataclass(frozen=True)
    class More(Point):
        more: int = 0

    assert repr(More(1, more=2)) == (
        f"{More.__qualname__}(x=1, y=2, tags={{}}, more=2)"
    )


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_values_can_be_copied(make: object) -> None:
    assert Solid(1, z=9) == make(Solid(1, z=9))  # type: ignore[operator] # one of two functions


def test_values_can_be_pickled() -> None:
    point = Point(1, note="a")

    assert pickle.loads(pickle.dumps(point)).note == "a"
