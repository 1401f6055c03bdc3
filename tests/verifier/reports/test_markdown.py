"""The Markdown summary: a table of the contracts, and folded failures."""

from report_cases import interaction

from pypact.verifier.reports.files import FileReport


def test_markdown_has_a_table_and_folded_failures(run, tmp_path):
    run(FileReport("markdown", "summary.md"))

    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert page.startswith("## ❌ users does not honour its contracts\n")
    assert "| web -&gt; users | 1 | 2 | 1 |" in page
    assert "<details><summary>web -&gt; users: a request for a user: 3 mism" in page
    assert page.index("### Failed") < page.index("### Pending")


def test_strings_of_a_contract_are_escaped_in_markdown(run, tmp_path):
    odd = "```\n<script>|`*_"
    run(FileReport("markdown", "summary.md"), interactions=[interaction(odd, "/x")])

    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    headline = next(line for line in page.splitlines() if "<details>" in line)
    assert r"\`\`\`\\n&lt;script&gt;\|\`\*\_" in headline


def test_markdown_has_the_comments_of_the_contract(run, tmp_path):
    comments = {"comments": {"testname": "t", "text": "a ``` b"}}
    run(
        FileReport("markdown", "summary.md"),
        interactions=[
            interaction("fine", "/fine", **comments),
            interaction("plain", "/fine"),
            interaction("gone", "/nowhere", **comments),
        ],
    )

    failed, _, passed = (tmp_path / "summary.md").read_text().partition("### Comments")
    assert "\nTest Name: t\nComments:\n  a ``` b\n" in failed
    details = "<summary>web -&gt; users: fine</summary>\n\n````text\nTest Name: t\n"
    assert details in passed
    assert passed.count("<details>") == 1
