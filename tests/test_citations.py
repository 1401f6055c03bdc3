"""Every document that the code cites is in the repository, with the cited heading."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ROOT / "docs" / "internals"
MEASUREMENTS = {"mutation.md", "reliability.md"}  # they cite the tests
"""Documents that report on the code; it does not follow from them."""
PAPERS = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md"]

# `docs/internals/specification.md, "4.1 Content type", "4.3 Choice of comparator"`: a
# path and at least one heading; a remark in parentheses may follow a heading.
PATH = re.compile(r"docs/internals/([\w.-]*\w)")
CITATION = re.compile(
    r'docs/internals/([\w.-]*\w)((?:(?:,|,? and) "[^"]+"(?: \([^()]*\))?)*)'
)
OLD = re.compile(
    r"semantics,?(?: sections?)? \d"
    r"|conventions(?:\.md)?,?(?: sections?)? \d"
    r"|design, (?:decision|\")"
    r"|(?:semantics|interception|verification)\.md,(?: sections?)? \d"
    r"|research/(?!broker-transcripts)",
    re.IGNORECASE,
)


def text_of(path: Path) -> str:
    """Return the text with the markers of comments and the line breaks removed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".py":
        lines = [re.sub(r"^\s*#", "", line) for line in lines]
    return re.sub(r"\s+", " ", " ".join(lines))


def headings_of(document: str) -> set[str]:
    text = (DOCUMENTS / document).read_text(encoding="utf-8")
    outside_code = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^#+ (.+)$", outside_code, re.MULTILINE))


def sources() -> list[Path]:
    folders = ("pypact", "tests", "bench", "examples")
    files = [path for name in folders for path in sorted((ROOT / name).rglob("*.py"))]
    return [path for path in files if path != Path(__file__)]


TEXTS = {
    str(path.relative_to(ROOT)): text_of(path)
    for path in [*sources(), *(ROOT / name for name in PAPERS)]
}
CITED = [
    (place, document, quoted)
    for place, text in TEXTS.items()
    for document, quoted in CITATION.findall(text)
]


@pytest.mark.parametrize("document", sorted({document for _, document, _ in CITED}))
def test_every_cited_heading_exists(document):
    headings = headings_of(document)
    missing = [
        (place, heading)
        for place, cited, quoted in CITED
        if cited == document
        for heading in re.findall(r'"([^"]+)"', quoted)
        if heading not in headings
    ]

    assert [] == missing


def test_every_citation_in_the_code_names_a_heading():
    without = [
        (place, document)
        for place, document, quoted in CITED
        if place.endswith(".py") and not quoted
    ]

    assert [] == without


def test_the_code_cites_its_sources():
    cited = {document for place, document, _ in CITED if place.startswith("pypact")}

    assert {path.name for path in DOCUMENTS.glob("*.md")} - MEASUREMENTS == cited


def test_no_document_outside_of_the_repository_is_cited():
    old = {place: OLD.findall(text) for place, text in TEXTS.items()}

    assert {} == {place: found for place, found in old.items() if found}


def test_the_documents_hold_no_path_of_a_machine():
    texts = {path.name: path.read_text("utf-8") for path in DOCUMENTS.glob("*.md")}

    assert [] == [
        name for name, text in texts.items() if re.search("/(home|work)/", text)
    ]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_path_in_a_paper_exists(paper):
    """Paths of the recipes with a word in capitals, such as TYPE, are placeholders."""
    text = (ROOT / paper).read_text(encoding="utf-8")
    paths = re.findall(r"`((?:pypact|tests|bench|docs|examples)/[\w./-]*)`", text)

    assert [] == [
        path
        for path in paths
        if not re.search("[A-Z]{3}", path) and not (ROOT / path).exists()
    ]
