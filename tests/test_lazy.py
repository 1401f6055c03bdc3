"""Patterns and modules of `pypact/_lazy.py` are there when they are first used."""

import copy
import re
import sys
from unittest.mock import Mock

import pytest

from pypact._lazy import compile_later, import_later


def test_a_pattern_has_the_methods_and_attributes_of_re() -> None:
    pattern = compile_later(r"(?P<name>[a-z]+)", re.IGNORECASE)

    assert pattern.fullmatch("Ann")
    assert {"name": 1} == pattern.groupindex
    assert pattern.sub("-", "a1b") == "-1-"


def test_a_pattern_is_compiled_once_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pattern = compile_later("a")
    compile_now = Mock(wraps=re.compile)
    monkeypatch.setattr(re, "compile", compile_now)
    copy.copy(pattern)

    compile_now.assert_not_called()
    assert pattern.match("a")
    assert not pattern.match("b")
    compile_now.assert_called_once_with("a", 0)


def test_an_unknown_attribute_is_an_error() -> None:
    with pytest.raises(AttributeError, match="matches"):
        compile_later("a").matches  # type: ignore[attr-defined]  # noqa: B018 -- it is the subject


def test_a_module_is_imported_when_an_attribute_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    module = import_later("colorsys")

    assert "colorsys" not in sys.modules
    assert module.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert module.rgb_to_hsv is sys.modules["colorsys"].rgb_to_hsv
