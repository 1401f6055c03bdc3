"""Generators in pact files are read and written."""

import pytest

from pypact.errors import NotExpressible, ToleranceWarning
from pypact.formats.base import Conversion
from pypact.formats.rules import drop_generators, read_generators, write_generators
from pypact.formats.v1_to_v3 import V2, V3
from pypact.model.rules import Generator

INT = {"type": "RandomInt", "min": 1}
AN_INT = Generator("RandomInt", {"min": 1})


def test_generators_are_read_by_category():
    written = {
        "path": INT,
        "headers": {"type": INT},
        "body": {"$.a": INT},
        "content": {"$.b": INT},
        "query": {},
    }

    assert read_generators(written, "generators") == {
        "path": {"": AN_INT},
        "header": {"type": AN_INT},
        "body": {"$.a": AN_INT, "$.b": AN_INT},
    }


@pytest.mark.parametrize(
    "written",
    [{"path": "x"}, {"body": {"$.a": "x"}}, {"body": {"$.a": {"min": 1}}}],
)
def test_an_invalid_generator_is_left_out(written):
    with pytest.warns(ToleranceWarning, match="left out"):
        found = read_generators(written, "generators")

    assert {} == found


def test_reading_what_was_written_gives_the_same_generators():
    generators = {"path": {"": AN_INT}, "body": {"$.a": AN_INT}, "query": {}}
    written = write_generators(generators, Conversion(V3))

    assert {"path": INT, "body": {"$.a": INT}} == written
    del generators["query"]
    assert generators == read_generators(written, "generators")


def test_generators_cannot_be_expressed_below_v3():
    with pytest.raises(NotExpressible, match=r"the generator RandomInt of body \$.a"):
        drop_generators({"body": {"$.a": AN_INT}}, Conversion(V2))


def test_generators_read_from_a_v2_file_are_written_back():
    same = Conversion(V2, is_same_version=True)

    assert {"path": INT} == drop_generators({"path": {"": AN_INT}}, same)
