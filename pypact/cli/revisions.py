"""Read contracts from files, folders, revisions of git, and versions in a broker."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from pypact._lazy import compile_later
from pypact.broker import Broker
from pypact.errors import InvalidExpectation, InvalidPact, StoreError
from pypact.formats.store import parse_contract
from pypact.model.interactions import Contract
from pypact.sources import PathSource


def read_side(text: str, broker_url: str | None = None) -> list[Contract]:
    """Read the contracts that an argument of `pypact diff` names.

    Raises: InvalidExpectation for an argument of no known form; StoreError,
    InvalidPact, BrokerError if a contract cannot be read.
    """
    if text.startswith("-"):
        raise InvalidExpectation(f"{text!r} begins with '-': expected contracts")
    if text.startswith("broker:"):
        found = _BROKER_VERSION.fullmatch(text)
        if found is None:
            raise InvalidExpectation(f"{text!r}: expected broker:CONSUMER@VERSION")
        broker = Broker(broker_url)
        return broker.read_version(found["consumer"], found["version"])
    if not os.path.lexists(text) and _REVISION.fullmatch(text):
        return _require_pairs(list(_read_revision(text)), text)
    return _require_pairs([pact.contract for pact in PathSource(text).read_all()], text)


def _require_pairs(contracts: list[Contract], place: str) -> list[Contract]:
    """Raise InvalidPact if two contracts have the same consumer and provider."""
    seen: set[tuple[str, str]] = set()
    for one in contracts:
        pair = one.consumer, one.provider
        if pair in seen:
            names = f"{one.consumer!r} and {one.provider!r}"
            raise InvalidPact(
                place, read=f"two contracts of {names}", wanted="one of each pair"
            )
        seen.add(pair)
    return contracts


def _read_revision(text: str) -> Iterator[Contract]:
    """Read the pact file, or those of the folder, at REVISION:PATH."""
    revision = text.partition(":")[0]
    verify = ("rev-parse", "--verify", "--quiet")
    _run_git(text, *verify, f"{revision}^{{commit}}")
    name = _run_git(text, *verify, text).decode().strip()
    kind = _run_git(text, "cat-file", "-t", name).strip()
    if kind == b"blob":
        yield parse_contract(_run_git(text, "cat-file", "blob", name), text)
        return
    # Without --full-tree git lists only what is below the working directory.
    listed = _run_git(text, "ls-tree", "--full-tree", "-z", name)
    files = {}
    for line in filter(None, os.fsdecode(listed).split("\0")):
        properties, _, file = line.partition("\t")
        if file.endswith(".json") and not file.startswith("."):
            files[file] = properties.split()[2]
    if not files:
        raise InvalidPact(text, read="nothing: no such file", wanted="files *.json")
    for file, blob in sorted(files.items()):
        place = f"{text.rstrip('/')}/{file}"
        yield parse_contract(_run_git(text, "cat-file", "blob", blob), place)


def _run_git(text: str, *arguments: str) -> bytes:
    """Run git; raise StoreError, which names the argument `text`, if it fails."""
    try:
        done = subprocess.run(  # noqa: S603 -- a revision cannot begin with "-"
            ["git", *arguments],  # noqa: S607 -- the git on the user's PATH
            capture_output=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreError(f"{text}: git cannot be run: {error}") from error
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip()
        reason = reason or "no such revision, or no such path in it"
        raise StoreError(f"{text} cannot be read from git: {reason}")
    return done.stdout


# REVISION:PATH, as git has it; a single letter before a backslash is a drive.
_REVISION = compile_later(r"(?![A-Za-z]:\\)[^:]+:.*", re.DOTALL)
_BROKER_VERSION = compile_later(
    r"broker:(?P<consumer>.+)@(?P<version>[^@]+)", re.DOTALL
)
