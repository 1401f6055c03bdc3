"""Which contracts lie in files?

Source: semantics section 13.1: of a directory those whose provider is the one verified;
a file that cannot be read is an error that names it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from pypact.errors import InvalidPact, StoreError
from pypact.formats import read_pact
from pypact.sources.sourced import SourcedPact, refuse_other_provider

__all__ = ["DirectorySource", "FileSource", "GlobSource", "providers_in"]


class FileSource:
    """A single pact file.

    A relative path is resolved when the source is created.

    Peers: the Rust verifier ignores the provider's name in the file; pypact raises an
    error for a file of another provider, because it must be a mistake.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._place = os.fspath(path)
        self._path = Path(path).absolute()

    def load(self, provider: str) -> Iterable[SourcedPact]:
        if not self._path.exists():
            raise StoreError(f"{self._place}: no such file or directory")
        contract = read_pact(self._path)
        refuse_other_provider(self._place, provider, [contract])
        return [SourcedPact(contract, self._place)]


class DirectorySource:
    """The `*.json` files of a directory, sorted by name."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._place = os.fspath(path)
        self._path = Path(path).absolute()

    def load(self, provider: str) -> Iterable[SourcedPact]:
        if not self._path.is_dir():
            raise StoreError(f"{self._place}: no such directory")
        paths = sorted(self._path.glob("*.json"))
        shown = {path: os.path.join(self._place, path.name) for path in paths}  # noqa: PTH118 -- as the user wrote it
        return _read_files(provider, self._place, shown)


class GlobSource:
    """The files that match a pattern with `*`, `?` or `**`."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._absolute = os.path.abspath(pattern)  # noqa: PTH100 -- Path has no glob in the middle

    def load(self, provider: str) -> Iterable[SourcedPact]:
        found = sorted(glob.glob(self._absolute, recursive=True))  # noqa: PTH207 -- the same
        shown = {Path(path): os.path.relpath(path) for path in found}
        files = {path: place for path, place in shown.items() if path.is_file()}
        return _read_files(provider, self._pattern, files)


def providers_in(path: str) -> list[str]:
    """Return the provider names of the contracts in a file, a directory, or a pattern.

    The list is empty for anything else, such as a URL.

    Raises: InvalidPact or StoreError, for a file that cannot be read.
    """
    place = Path(path)
    if place.is_dir():
        files = sorted(place.glob("*.json"))
    else:
        found = [path] if place.exists() else glob.glob(path, recursive=True)  # noqa: PTH207 -- Path has no glob in the middle
        files = [Path(one) for one in sorted(found)]
    return sorted({read_pact(file).provider for file in files})


def _read_files(
    provider: str, place: str, files: dict[Path, str]
) -> Iterable[SourcedPact]:
    if not files:
        raise InvalidPact(place, read="nothing: no such file", wanted="files *.json")
    pacts = [SourcedPact(read_pact(path), shown) for path, shown in files.items()]
    refuse_other_provider(place, provider, [pact.contract for pact in pacts])
    return [pact for pact in pacts if pact.contract.provider == provider]
