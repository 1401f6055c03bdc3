"""Digest the behaviour that a change of structure must keep.

`python bench/freeze.py OUT.json` writes a digest of verdicts, contracts, reports, calls
and names; `python bench/freeze.py --compare A.json B.json` prints how two digests
differ, and exits with 1 if they do, apart from what is allowed below. The digest holds
no wording. Two runs at one commit with the same libraries write the same bytes.

Only public names are used, so that one script runs at any commit: to digest another
one, put its checkout first in PYTHONPATH, or use its Python. The official cases are
read from PYPACT_SHARED, by default the folder `shared` beside the repository.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import freeze_calls
import freeze_contracts
import freeze_names
import freeze_reports
import freeze_verdicts

SHARED = Path(
    os.environ.get("PYPACT_SHARED", Path(__file__).resolve().parents[2] / "shared")
)


@dataclass(frozen=True)
class Allowed:
    """A difference that is meant: a pattern of its path, and the reason."""

    path: str
    reason: str


ALLOWED = [
    Allowed(
        r"names/pypact\.match\.(split|split_text|split_value|Parts|Texts|Value)(/.*)?",
        "internals leave pypact.match",
    ),
    Allowed(
        r"names/pypact\.Pact/(claim|drop|lock|open_block|mailbox)",
        "internals leave Pact",
    ),
    Allowed(
        r"names/held: Pact\.(serve|expects_message|expects_sync_message)/\(\)",
        "users do not make these themselves",
    ),
    Allowed(r"names/pypact\.__version__", "the release has a public name"),
    Allowed(
        r"names/pypact\.(OutgoingRequest|Calls|Exchange|VerificationResult"
        r"|ContractCoverage)(/.*)?",
        "types of annotations get a public home",
    ),
    Allowed(r"names/pypact\.\w*Warning(/.*)?", "the warnings get a public home"),
    Allowed(
        r"names/pypact\.(matching\.register_content|generators\.register"
        r"|verifier\.reports\.register)(/.*)?",
        "tables that others can extend",
    ),
    Allowed(
        r"names/pypact\.UrlSource/(find_files|read_all)(/.*)?",
        "stubs read all kinds of sources through two methods",
    ),
    Allowed(r"pytest/(option|ini) -*pypact.junit(/.*)?", "JUnit's report in pytest"),
    Allowed(r".*dist-packages.*", "frames in dist-packages are not the user's own"),
    Allowed(
        r"foreign/(xml|definition).*",
        "a registered rule counts in XML and in matching definitions",
    ),
]


def digest(cases: int, seed: int) -> dict[str, object]:
    """Digest everything."""
    spec = SHARED / "spec"
    if not spec.is_dir():
        sys.exit(f"{spec} is absent; set PYPACT_SHARED to the folder of shared data")
    warnings.simplefilter("ignore")
    # Thousands of small files are written; none has to survive a crash.
    os.fsync = lambda _: None
    suite = spec / "compatibility-suite" / "fixtures"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, object] = {
            "verdicts of official cases": freeze_verdicts.official_verdicts(
                spec / "testcases"
            ),
            "verdicts of random cases": freeze_verdicts.random_verdicts(cases, seed),
            "contracts": freeze_contracts.contracts(folder),
            "contracts of fixtures": freeze_contracts.fixtures(suite, folder),
            "names": freeze_names.public_names(),
            "command": freeze_names.command_options(),
        }
        (folder / "empty").mkdir()
        found["pytest"] = freeze_names.pytest_options(folder / "empty")
        with silenced():
            found["calls"] = freeze_calls.calls(folder / "calls")
            found["servers"] = freeze_calls.servers(folder / "servers")
            reports = folder / "reports"
            found["reports"] = freeze_reports.by_verifier(reports)
            found["reports of the command"] = freeze_reports.by_command(reports)
            found["reports of pytest"] = freeze_reports.by_pytest(reports)
    return found


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Keep from the console what servers print."""
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        yield


# -- comparing -----------------------------------------------------------------------


def differences(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give the path of each difference, and what differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            place = f"{path}/{key}" if path else key
            if key not in new:
                yield place, f"is gone; it was {brief(old[key])}"
            elif key not in old:
                yield place, f"is new: {brief(new[key])}"
            else:
                yield from differences(old[key], new[key], place)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield path, f"had {len(old)} items, has {len(new)}"
        pairs = enumerate(zip(old, new, strict=False))
        for index, (before, after) in pairs:
            if before != after:
                # In a list of lines the first difference explains the others.
                yield from differences(before, after, f"{path}/{index}")
                break
    elif old != new:
        yield path, f"was {brief(old)}, is {brief(new)}"


def brief(value: object) -> str:
    """Show a value in at most 160 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:156]} ..."


def reason_for(path: str) -> str | None:
    """Return why a difference is allowed, or None."""
    for one in ALLOWED:
        if re.fullmatch(one.path, path):
            return one.reason
    return None


def compare(old: Path, new: Path) -> int:
    """Print how two digests differ; return the exit code."""
    one, other = (json.loads(file.read_text(encoding="utf-8")) for file in (old, new))
    count = 0
    allowed = []
    for path, what in differences(one, other):
        reason = reason_for(path)
        if reason is None:
            count += 1
            print(f"{path}: {what}")
        else:
            allowed.append(f"allowed ({reason}): {path}: {what}")
    print(*allowed, sep="\n", end="\n" if allowed else "")
    print(f"{count} differences, and {len(allowed)} that are allowed")
    return 1 if count else 0


def main() -> int:
    """Write a digest, or compare two."""
    parser = argparse.ArgumentParser(description="Digest the behaviour of pypact.")
    parser.add_argument("out", nargs="?", type=Path, help="the digest to write")
    parser.add_argument("--random-cases", type=int, default=3000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--compare", nargs=2, type=Path, metavar="DIGEST")
    options = parser.parse_args()
    if options.compare:
        return compare(*options.compare)
    if options.out is None:
        parser.error("name the file to write, or --compare two")
    found = digest(options.random_cases, options.seed)
    text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False)
    options.out.write_text(f"{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
