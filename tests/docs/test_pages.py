"""The pages of the documentation: their blocks run, and their links resolve."""

import re
import sys

import pytest
import yaml
from doc_pages import (
    DOCS,
    ROOT,
    PageRunner,
    check_output,
    list_broken_links,
    list_pages,
    read_fences,
)

PAGES = {str(page.relative_to(DOCS)): page for page in list_pages()}


def mark_slow(name):
    """Return the page as a parameter; its own processes take seconds."""
    is_slow = "<!-- runs in processes of its own -->" in PAGES[name].read_text("utf-8")
    return pytest.param(name, marks=pytest.mark.slow) if is_slow else name


@pytest.mark.skipif(
    sys.platform == "win32", reason="the pages show paths as they are elsewhere"
)
@pytest.mark.enable_socket
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [mark_slow(name) for name in PAGES])
def test_the_blocks_run(name, quiet_pages, pytester, monkeypatch):
    text = PAGES[name].read_text(encoding="utf-8")
    found = re.search(r"<!-- pytest plugins: (.*) -->", text)
    plugins = ("pypact.pytest_plugin", *(found[1].split() if found else ()))

    PageRunner(pytester, monkeypatch, PAGES[name], plugins).run()


@pytest.mark.parametrize("name", PAGES)
def test_the_links_resolve(name):
    assert [] == list_broken_links(PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_other_blocks_can_be_read(name):
    for fence in read_fences(PAGES[name]):
        assert fence.language, f"{fence.place}: a block without a language"
        if fence.language == "yaml":
            assert yaml.safe_load(fence.body), fence.place


def test_every_page_is_in_the_navigation():
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"[\w/-]+\.md", settings.partition("\nnav:")[2]))

    assert set(PAGES) == {name for name in listed if not name.startswith("internals/")}
    assert all((DOCS / name).exists() for name in listed)


def test_output_that_differs_from_the_page_is_found():
    check_output("1 passed in 0.12s\n...\nend", "1 passed in 3.40s\na\nb\nend", "here")
    with pytest.raises(AssertionError, match="the command printed\n2 passed"):
        check_output("1 passed\n...", "2 passed\nmore", "here")
