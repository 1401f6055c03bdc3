"""Names of tests."""

from types import SimpleNamespace

import pytest

from pypact.pytest_plugin.outcomes import relate_node


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("", "a/test_it.py::test[x::y]"),
        ("a", "test_it.py::test[x::y]"),
        ("b", "../a/test_it.py::test[x::y]"),
    ],
)
def test_a_node_id_is_relative_to_where_pytest_was_started(tmp_path, folder, expected):
    invocation = SimpleNamespace(dir=tmp_path / folder)
    config = SimpleNamespace(rootpath=tmp_path, invocation_params=invocation)

    node = relate_node(config, "a/test_it.py::test[x::y]")

    assert expected == node.replace("\\", "/")


def test_a_node_id_on_another_drive_stays(tmp_path, monkeypatch):
    def refuse(path, start):
        raise ValueError(path)

    monkeypatch.setattr("os.path.relpath", refuse)
    invocation = SimpleNamespace(dir=tmp_path / "b")
    config = SimpleNamespace(rootpath=tmp_path, invocation_params=invocation)

    assert "a/test_it.py::t" == relate_node(config, "a/test_it.py::t")
