"""Read and write pact files, and merge the contract of a test run into its file.

A file is read, merged and written under a lock shared by threads and processes, and
replaced atomically. Keys are sorted, the indentation is two spaces, and non-ASCII
characters are not escaped, so that equal contracts have equal bytes everywhere. No name
of a consumer or provider can refer to a file outside of its directory.

Source: docs/internals/design.md, "Decision 8: Staging and writing";
docs/internals/specification.md, "12. Writing and merging pact files".
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from pypact.errors import InvalidPact, MergeConflict, PactWarning, StoreError
from pypact.formats import pact
from pypact.formats.base import VersionFormat, describe_value, encode_json
from pypact.formats.merge import deduplicate, merge_contracts, refuse_changes
from pypact.model.interactions import Contract, Interaction
from pypact.model.json import Json, dump_json, dump_pretty_json, parse_json


def read_pact_file(path: Path) -> Contract:
    """Read the contract in a pact file."""
    return parse_contract(read_file_bytes(path), str(path))


def read_file_bytes(path: Path) -> bytes:
    """Return the content of a file."""
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise InvalidPact(str(path), read="a directory", wanted="a file") from None
    except (OSError, ValueError) as error:
        raise _make_store_error(path, "read", error) from error


def parse_contract(content: bytes, place: str) -> Contract:
    """Read a contract from the content of the file named `place`."""
    return pact.contract_from_json(_parse_pact_json(content, place), place)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file atomically, or leave it unchanged; create missing directories."""
    target = Path(os.path.realpath(path))  # a symbolic link is kept
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_new_file(beside, content)
            _copy_mode(target, beside)
            beside.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
    except (OSError, ValueError) as error:
        raise _make_store_error(path, "written", error) from error


def _make_store_error(path: Path, action: str, error: Exception) -> StoreError:
    # The message of the operating system alone, as `str(error)` repeats the path.
    problem = getattr(error, "strerror", None) or str(error)
    return StoreError(f"{path} cannot be {action}: {problem}")


def _write_new_file(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o666), "wb") as file:  # noqa: PTH123 -- opens a file descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _copy_mode(source: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        target.chmod(source.stat().st_mode & 0o7777)


def _parse_pact_json(content: bytes, place: str) -> Json:
    if not content.strip(_BLANK_BYTES):
        raise InvalidPact(place, read="an empty file", wanted="a pact in JSON")
    try:
        return parse_json(content)
    except UnicodeDecodeError as error:
        read = f"bytes that are not UTF-8 (at position {error.start})"
    except json.JSONDecodeError as error:
        read = f"invalid JSON ({error})"
        if error.msg.startswith("Unterminated") or not error.doc[error.pos :].strip():
            read = f"truncated JSON ({error})"
    except ValueError as error:
        read = f"invalid JSON ({error})"
    raise InvalidPact(place, read=read, wanted="a pact in JSON")


_BLANK_BYTES = b"\xef\xbb\xbf \t\r\n"


def get_pact_file_name(consumer: str, provider: str) -> str:
    """Return the name of the pact file of a consumer and a provider.

    Two pairs may share a name ("a-b" with "c", and "a" with "b-c"): the store checks
    the names inside the file.

    >>> get_pact_file_name("Web", "Users")
    'Web-Users.json'
    >>> get_pact_file_name("../web", "users/v2")
    '_._web-users_v2.json'
    """
    name = _UNSAFE_CHARACTERS.sub("_", f"{consumer}-{provider}")
    if name.startswith("."):
        name = f"_{name[1:]}"
    if name.partition(".")[0].upper() in _RESERVED_NAMES:
        name = f"_{name}"
    if len(name.encode()) > _LONGEST_NAME:
        name = _shorten_name(name)
    return f"{name}.json"


def _shorten_name(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    kept = name.encode()[: _LONGEST_NAME - len(digest) - 1].decode(errors="ignore")
    return f"{kept}~{digest}"


# Separators, characters that Windows forbids, control characters, lone surrogates.
_UNSAFE_CHARACTERS = re.compile('[/\\\\:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED_NAMES = {
    *("CON", "PRN", "AUX", "NUL"),
    *(f"COM{digit}" for digit in range(10)),
    *(f"LPT{digit}" for digit in range(10)),
}
# In bytes; most file systems end at 255, and the temporary file needs some.
_LONGEST_NAME = 200


@dataclass(slots=True)
class InteractionTextCache:
    """A cache of the JSON of interactions in one specification version."""

    version_format: VersionFormat
    _texts: dict[int, tuple[Interaction, str]] = field(default_factory=dict)

    def render(self, interaction: Interaction, *, lossy: bool) -> str:
        """Return the JSON of an interaction; empty if all of it is left out."""
        # Looked up by `id`: the entry keeps the interaction alive, so that no other
        # object can get the same `id`.
        entry = self._texts.get(id(interaction))
        if entry is None:
            data = pact.write_interaction(interaction, self.version_format, lossy=lossy)
            text = dump_pretty_json(data, sort_keys=True) if data else ""
            entry = self._texts[id(interaction)] = interaction, _indent(text, 2)
        return entry[1]

    def discard_others(self, contract: Contract) -> None:
        """Remove the interactions that are not in `contract`."""
        present = {id(interaction) for interaction in contract.interactions}
        for number in self._texts.keys() - present:
            del self._texts[number]


def render_contract(
    contract: Contract, texts: InteractionTextCache, *, lossy: bool = False
) -> str:
    """Return the text of the pact file of a contract."""
    top = pact.write_top_level(contract, texts.version_format, lossy=lossy)
    items: dict[str, list[str]] = {name: [] for name in top if top[name] == []}
    for member, interaction in pact.assign_to_lists(
        contract, texts.version_format, lossy=lossy
    ):
        if text := texts.render(interaction, lossy=lossy):
            items[member].append(text)
    members = []
    for name, value in sorted(top.items()):
        if texts_of_list := items.get(name):
            text = "[\n    " + ",\n    ".join(texts_of_list) + "\n  ]"
        else:
            text = _indent(dump_pretty_json(value, sort_keys=True), 1)
        members.append(f"  {dump_json(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _indent(text: str, depth: int) -> str:
    # Newlines inside JSON strings are escaped: each one here belongs to the layout.
    return text.replace("\n", "\n" + "  " * depth)


def get_contract_path(
    directory: str | os.PathLike[str], consumer: str, provider: str
) -> Path:
    """Return the path of the pact file of a consumer and a provider in `directory`."""
    return Path(directory, get_pact_file_name(consumer, provider))


def replace_contract(
    path: str | os.PathLike[str],
    contract: Contract,
    *,
    version_format: VersionFormat | None = None,
    lossy: bool = False,
) -> None:
    """Replace the pact file at `path` by `contract`; missing directories are created.

    `version_format` defaults to that of the contract's version.

    Raises: StoreError if the file is not a pact; it is then unchanged.
    """
    path = Path(path)
    texts = InteractionTextCache(
        version_format or pact.VERSION_FORMATS[contract.version]
    )
    content = encode_json(render_contract(contract, texts, lossy=lossy))
    with _lock_file(path):
        _refuse_other_file(path)
        replace_file(path, content)


def _refuse_other_file(path: Path) -> None:
    """Raise StoreError if there is a file at `path` that is not a pact.

    A pact with errors inside may be replaced.
    """
    if os.path.lexists(path):
        with _explain_unchanged(path):
            _parse_own_file(read_file_bytes(path), str(path))


def _parse_own_file(content: bytes, place: str) -> Json:
    """Parse a file that will be written; others than pacts may lie in its place."""
    data = _parse_pact_json(content, place)
    if not isinstance(data, dict):
        raise InvalidPact(place, read=describe_value(data), wanted="an object")
    if not {"consumer", "provider"} <= data.keys():
        wanted = "an object with consumer and provider"
        raise InvalidPact(place, read="an object without them", wanted=wanted)
    return data


@contextlib.contextmanager
def _explain_unchanged(path: Path) -> Iterator[None]:
    try:
        yield
    except InvalidPact as error:
        problem = str(error).removeprefix(f"{path}: ")
        raise StoreError(
            f"{path} is not a valid pact file and was left unchanged: {problem}"
        ) from error


def merge_into_file(
    path: str | os.PathLike[str],
    contract: Contract,
    *,
    overwrite: bool = False,
    keeps_old: bool = False,
) -> bool:
    """Merge `contract` into the file at `path`; return whether the file changed.

    Interactions in the file are replaced by those of `contract` with the same identity;
    the others are kept. If two interactions of `contract` have the same identity but
    differ, that is a conflict; with `overwrite` the last one is used. With `keeps_old`
    it is also a conflict if an interaction differs from that in the file. Missing
    directories are created.

    Raises: MergeConflict, NotExpressible, StoreError if the file is not a valid pact,
    belongs to another consumer or provider, or cannot be read or written; the file is
    then unchanged.
    """
    path = Path(path)
    interactions = deduplicate(contract.interactions, overwrite=overwrite)
    with _lock_file(path):
        before = _load(path)
        old = before.contract if before else replace(contract, interactions=())
        if keeps_old:
            refuse_changes(old.interactions, interactions)
        try:
            merged = merge_contracts(old, replace(contract, interactions=interactions))
        except MergeConflict as error:
            raise StoreError(
                f"{path} holds the contract of another pair. {error}"
            ) from error
        version_format = pact.VERSION_FORMATS[merged.version]
        if before and before.texts.version_format is version_format:
            texts = before.texts
        else:
            texts = InteractionTextCache(version_format)
        content = encode_json(render_contract(merged, texts))
        is_changed = before is None or content != before.content
        if is_changed:
            replace_file(path, content)
        texts.discard_others(merged)
        _remember(path, _CachedFile(_get_stamp(path), content, merged, texts))
    if before and old.version < merged.version:
        was, now = old.version, merged.version
        text = f"{path} was converted from Pact Specification {was} to {now}"
        warnings.warn(PactWarning(text), stacklevel=2)
    return is_changed


@dataclass(frozen=True, slots=True)
class _CachedFile:
    """A pact file as last read or written, not parsed again if it has this `stamp`."""

    stamp: tuple[int, int, int]
    content: bytes
    contract: Contract
    texts: InteractionTextCache


def _remember(path: Path, file: _CachedFile) -> None:
    _CACHE.pop(os.path.realpath(path), None)
    _CACHE[os.path.realpath(path)] = file
    for oldest in list(_CACHE)[:-_CACHE_SIZE]:
        _CACHE.pop(oldest, None)


def _load(path: Path) -> _CachedFile | None:
    try:
        stamp = _get_stamp(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _make_store_error(path, "read", error) from error
    cached = _CACHE.get(os.path.realpath(path))
    if cached is not None and cached.stamp == stamp:
        return cached
    with _explain_unchanged(path):
        content = read_file_bytes(path)
        data = _parse_own_file(content, str(path))
        contract = pact.contract_from_json(data, str(path))
    texts = InteractionTextCache(pact.VERSION_FORMATS[contract.version])
    return _CachedFile(stamp, content, contract, texts)


def _get_stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    # The lock is in the folder for temporary files: a lock file beside the contract
    # would be committed with it, and removing it would break the lock of others.
    from filelock import FileLock  # noqa: PLC0415 -- imported when first used

    digest = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()
    lock = Path(tempfile.gettempdir(), f"pypact-locks-{_USER}", f"{digest[:32]}.lock")
    try:
        lock.parent.mkdir(mode=0o700, exist_ok=True)
        held = FileLock(lock, timeout=_LOCK_TIMEOUT)
        held.acquire()
    except (OSError, ValueError) as error:
        raise _make_store_error(path, "locked", error) from error
    try:
        yield
    finally:
        held.release()


_USER = getattr(os, "getuid", int)()  # Windows has a temporary folder per user
_LOCK_TIMEOUT = 60  # seconds; a write takes milliseconds
_CACHE_SIZE = 64
_CACHE: dict[str, _CachedFile] = {}  # the files read or written last
