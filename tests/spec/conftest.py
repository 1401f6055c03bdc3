"""Print at the end of the run how many official cases had the right verdict."""


def pytest_terminal_summary(terminalreporter):
    def count(outcome):
        reports = terminalreporter.stats.get(outcome, [])
        return sum("has_its_official_verdict" in one.nodeid for one in reports)

    right, wrong, skipped = map(count, ("passed", "failed", "skipped"))
    if right or wrong or skipped:
        terminalreporter.write_line(
            f"official cases: {right} right, {wrong} wrong, {skipped} skipped"
        )
