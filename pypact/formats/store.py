"""Read and write pact files, and merge the contract of a test run into its file.

A file is read, merged and written under a lock shared by threads and processes, and
replaced atomically. Keys are sorted, the indentation is two spaces, and non-ASCII
characters are not escaped, so that equal contracts have equal bytes everywhere. No name
of a consumer or provider can refer to a file outside of its directory.

Files with many interactions have a journal, see `pypact.formats.journal`. In the
functions below, `path` is the path as the user knows it, for errors, and `real` is the
same without symbolic links.

Source: docs/internals/design.md, "Decision 8: Staging and writing";
docs/internals/specification.md, "12. Writing and merging pact files".
"""

from __future__ import annotations

import contextlib
import json
import os
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pypact._dataclasses import dataclass, field, replace
from pypact._lazy import compile_later, import_later
from pypact._process import pause_garbage_collection
from pypact.errors import InvalidPact, MergeConflict, PactError, PactWarning, StoreError
from pypact.formats import journal, pact
from pypact.formats.base import VersionFormat, describe_value, encode_json, get_list
from pypact.formats.files import (
    make_store_error,
    name_beside,
    read_file_bytes,
    remove_file,
    replace_file,
    resolve_file,
)
from pypact.formats.lock import lock_beside
from pypact.formats.merge import deduplicate, merge_contracts, refuse_changes
from pypact.model.interactions import (
    Contract,
    HttpInteraction,
    Interaction,
    SpecificationVersion,
)
from pypact.model.json import (
    Json,
    dump_json,
    dump_pretty_json,
    parse_json,
)

if TYPE_CHECKING:
    import hashlib
else:
    hashlib = import_later("hashlib")


def read_pact_file(path: Path) -> Contract:
    """Read the contract in a pact file, with what its journal adds."""
    try:
        real = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise make_store_error(path, "read", error) from error
    lines = journal.read_lines(real)  # before the file, see pypact.formats.journal
    contract = parse_contract(read_file_bytes(path), str(path))
    return _merge_lines(contract, lines, real) if lines else contract


def parse_contract(content: bytes, place: str) -> Contract:
    """Read a contract from the content of the file named `place`."""
    if len(content) < _LARGE:
        return pact.contract_from_json(_parse_pact_json(content, place), place)
    with pause_garbage_collection():
        return pact.contract_from_json(_parse_pact_json(content, place), place)


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


_LARGE = 100_000
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
    if name.partition(".")[0].rstrip(" ").upper() in _RESERVED_NAMES:
        name = f"_{name}"
    if len(name.encode()) > _LONGEST_NAME:
        name = _shorten_name(name)
    return f"{name}.json"


def _shorten_name(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    kept = name.encode()[: _LONGEST_NAME - len(digest) - 1].decode(errors="ignore")
    return f"{kept}~{digest}"


# Separators, characters that Windows forbids, control characters, those that end a line
# or change the direction of what follows, lone surrogates.
_UNSAFE_CHARACTERS = compile_later(
    '[/\\\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]'
)
_RESERVED_NAMES = {
    *("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"),
    *(f"COM{digit}" for digit in "0123456789¹²³"),
    *(f"LPT{digit}" for digit in "0123456789¹²³"),
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
        present = set(map(id, contract.interactions))
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
    keeps_other_pairs: bool = False,
) -> None:
    """Replace the pact file at `path` by `contract`; missing directories are created.

    `version_format` defaults to that of the contract's version. With
    `keeps_other_pairs`, the contract of another consumer or provider is not replaced.

    Raises: StoreError if the file is not a pact; it is then unchanged.
    """
    texts = InteractionTextCache(
        version_format or pact.VERSION_FORMATS[contract.version]
    )
    content = encode_json(render_contract(contract, texts, lossy=lossy))
    pair = contract.consumer, contract.provider
    replace_pact_file(path, content, pair if keeps_other_pairs else None)


def replace_pact_file(
    path: str | os.PathLike[str], content: bytes, pair: tuple[str, str] | None
) -> None:
    """Replace the pact file at `path` with `content`, the JSON of a contract.

    `pair` is the consumer and provider whose contract may be replaced; None for any.

    Raises: StoreError, as `replace_contract` does.
    """
    path, real = Path(path), resolve_file(Path(path))
    with _lock(real):
        _refuse_other_file(path, pair)
        if journal.read_lines(real):
            # Without the fold, a kill between the two steps that follow would leave
            # the old journal beside the new file. A file with errors has none.
            with contextlib.suppress(PactError):
                _fold(path, real)
        replace_file(real, content)
        journal.remove_journal(real)


def _refuse_other_file(path: Path, pair: tuple[str, str] | None) -> None:
    """Raise StoreError if there is a file at `path` that must not be replaced.

    Such a file is not a pact, or has the contract of another `pair`. A pact with errors
    inside may be replaced.
    """
    if not os.path.lexists(path):
        return
    with _explain_unchanged(path):
        data = _parse_own_file(read_file_bytes(path), str(path))
    found = tuple(
        party.get("name") if isinstance(party := data[role], dict) else None
        for role in ("consumer", "provider")
    )
    if pair is not None and found != pair and None not in found:
        raise StoreError(
            f"{path} holds the contract of another pair and was left unchanged: "
            f"{found[0]!r} and {found[1]!r}, not {pair[0]!r} and {pair[1]!r}"
        )


def _parse_own_file(content: bytes, place: str) -> dict[str, Json]:
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


def add_to_file(
    path: str | os.PathLike[str], contract: Contract, *, overwrite: bool = False
) -> bool:
    """Add the contract of one block; return whether it is only in the journal.

    The same as `merge_into_file`, but if the file has `JOURNAL_FROM` interactions or
    more, the new ones are appended to its journal, which `complete_file` folds.
    """
    path = Path(path)
    real, added = resolve_file(path), contract
    if len(contract.interactions) > 1:
        interactions = deduplicate(contract.interactions, overwrite=overwrite)
        added = replace(contract, interactions=interactions)
    with _lock(real):
        summary = _summarize(path, real)
        if summary is not None and summary.can_take(added):
            version_format = pact.VERSION_FORMATS[summary.version]
            line = encode_json(dump_json(pact.write_contract(added, version_format)))
            # Such as the journal of another user, in a folder of both.
            with contextlib.suppress(PermissionError):
                try:
                    journal.append_line(real, line)
                except PermissionError:
                    raise
                except OSError as error:
                    raise make_store_error(path, "written", error) from error
                _APPENDED.setdefault(str(real), {})[line] = added
                return True
        _merge(path, real, _load(path, real), added)
    return False


def merge_into_file(
    path: str | os.PathLike[str],
    contract: Contract,
    *,
    overwrite: bool = False,
    keeps_old: bool = False,
    edit: ContractEdit | None = None,
) -> bool:
    """Merge `contract` into the file at `path`; return whether the file changed.

    Interactions in the file are replaced by those of `contract` with the same identity;
    the others are kept. If two interactions of `contract` have the same identity but
    differ, that is a conflict; with `overwrite` the last one is used. With `keeps_old`
    it is also a conflict if an interaction differs from that in the file. `edit`
    returns the contract to write for the merged one. Missing directories are created.

    Raises: MergeConflict, NotExpressible, StoreError if the file is not a valid pact,
    belongs to another consumer or provider, or cannot be read or written; the file is
    then unchanged.
    """
    path, real = Path(path), resolve_file(Path(path))
    interactions = deduplicate(contract.interactions, overwrite=overwrite)
    added = replace(contract, interactions=interactions)
    with _lock(real):
        before = _load(path, real)
        return _merge(path, real, before, added, keeps_old=keeps_old, edit=edit)


def preview_merge(
    path: str | os.PathLike[str],
    contract: Contract,
    *,
    overwrite: bool = False,
    edit: ContractEdit | None = None,
) -> tuple[Contract | None, Contract]:
    """Return the contract at `path` and that which `merge_into_file` would write.

    The former is None if there is no file. Nothing is written.

    Raises: the errors of `merge_into_file`.
    """
    path = Path(path)
    interactions = deduplicate(contract.interactions, overwrite=overwrite)
    added = replace(contract, interactions=interactions)
    before = None
    if os.path.lexists(path):
        with _explain_unchanged(path):
            before = read_pact_file(path)
    merged = _merge_into(path, before, added)
    if edit is not None:
        merged = edit(merged)
    pact.contract_to_json(merged, merged.version)  # raises what it cannot express
    return before, merged


ContractEdit: TypeAlias = Callable[[Contract], Contract]
"""A function that returns the contract to write for a merged one."""


def complete_file(path: str | os.PathLike[str]) -> bool:
    """Fold the journal of a contract into its file; return whether there was one.

    Raises: StoreError, InvalidPact; the file and its journal are then unchanged.
    """
    path, real = Path(path), resolve_file(Path(path))
    has_journal = partial(os.path.lexists, journal.get_journal_path(real))
    if not has_journal():
        return False
    with _lock(real, while_=has_journal) as is_held:
        if is_held:
            _fold(path, real)
    return True


def find_incomplete_files(directory: str | os.PathLike[str]) -> list[Path]:
    """Return the contracts below a directory that have a journal, sorted."""
    return sorted(
        path.with_name(path.name.removeprefix(".").removesuffix(".journal"))
        for path in Path(directory).rglob(".*.journal")
    )


@contextlib.contextmanager
def _lock(real: Path, while_: Callable[[], bool] = lambda: True) -> Iterator[bool]:
    """Hold the lock of a contract, and remove what a killed process has left.

    Stops waiting, without the lock, if `while_` is no longer true.
    """
    with lock_beside(real, while_) as is_held:
        if is_held:
            remove_file(name_beside(real, "tmp"))
        yield is_held


def _fold(path: Path, real: Path) -> None:
    before = _load(path, real)
    if before is None:
        journal.remove_journal(real)
    else:
        _merge(path, real, before, replace(before.contract, interactions=()))


def _merge(
    path: Path,
    real: Path,
    before: _CachedFile | None,
    added: Contract,
    *,
    keeps_old: bool = False,
    edit: ContractEdit | None = None,
) -> bool:
    """Merge `added` into the file and its journal; the caller holds the lock.

    Returns whether the file has changed; `before` is the file as it is.
    """
    lines = journal.read_lines(real)
    old = before.contract if before else replace(added, interactions=())
    if before and lines:
        old = _merge_lines(old, lines, real)
    if keeps_old:
        refuse_changes(old.interactions, added.interactions)
    merged = _merge_into(path, old, added)
    if edit is not None:
        merged = edit(merged)
    version_format = pact.VERSION_FORMATS[merged.version]
    if before and before.texts.version_format is version_format:
        texts = before.texts
    else:
        texts = InteractionTextCache(version_format)
    content = encode_json(render_contract(merged, texts))
    is_changed = before is None or content != before.content
    if is_changed:
        replace_file(real, content)
    journal.remove_journal(real)
    _APPENDED.pop(str(real), None)
    texts.discard_others(merged)
    _remember(real, _CachedFile(_get_stamp(real), content, merged, texts))
    if before and old.version < merged.version:
        was, now = old.version, merged.version
        text = f"{path} was converted from Pact Specification {was} to {now}"
        warnings.warn(PactWarning(text), stacklevel=3)
    return is_changed


def _merge_into(path: Path, old: Contract | None, added: Contract) -> Contract:
    try:
        return merge_contracts(old or replace(added, interactions=()), added)
    except MergeConflict as error:
        raise StoreError(
            f"{path} holds the contract of another pair. {error}"
        ) from error


def _merge_lines(contract: Contract, lines: list[bytes], real: Path) -> Contract:
    """Merge the lines of the journal into the contract that lies beside it."""
    place = journal.get_journal_path(real)
    own = _APPENDED.get(str(real), {})
    added = [
        own.get(line) or parse_contract(line, f"{place}: line {number}")
        for number, line in enumerate(lines, start=1)
    ]
    newest = replace(
        added[-1],
        interactions=deduplicate(
            (one for each in added for one in each.interactions), overwrite=True
        ),
        metadata={
            name: each.metadata[name] for each in added for name in each.metadata
        },
    )
    try:
        return merge_contracts(contract, newest)
    except MergeConflict as error:
        raise StoreError(f"{place} is the journal of another pair. {error}") from error


@dataclass(frozen=True, slots=True)
class _Summary:
    """What must be known of a large file to append interactions to its journal."""

    consumer: str
    provider: str
    version: SpecificationVersion
    has_messages: bool

    def can_take(self, added: Contract) -> bool:
        """Return whether merging `added` raises no error and converts nothing."""
        return (
            (self.consumer, self.provider) == (added.consumer, added.provider)
            and added.version <= self.version
            and (
                self.version is SpecificationVersion.V4
                or all(
                    isinstance(one, HttpInteraction) is not self.has_messages
                    for one in added.interactions
                )
            )
        )


@dataclass(frozen=True, slots=True)
class _CachedFile:
    """A pact file as last read or written, not parsed again if it has this `stamp`."""

    stamp: tuple[int, int, int]
    content: bytes
    contract: Contract
    texts: InteractionTextCache


def _remember(real: Path, file: _CachedFile) -> None:
    _CACHE.pop(str(real), None)
    _CACHE[str(real)] = file
    for oldest in list(_CACHE)[:-_CACHE_SIZE]:
        _CACHE.pop(oldest, None)


def _load(path: Path, real: Path) -> _CachedFile | None:
    stamp = _find_stamp(path, real)
    if stamp is None:
        return None
    cached = _CACHE.get(str(real))
    if cached is not None and cached.stamp == stamp:
        return cached
    with _explain_unchanged(path):
        content = read_file_bytes(real)
        data = _parse_own_file(content, str(path))
        contract = pact.contract_from_json(data, str(path))
    texts = InteractionTextCache(pact.VERSION_FORMATS[contract.version])
    return _CachedFile(stamp, content, contract, texts)


def _summarize(path: Path, real: Path) -> _Summary | None:
    """Return the summary of a file with a journal or many interactions, else None."""
    stamp = _find_stamp(path, real)
    if stamp is None:
        return None
    known = _SUMMARIES.get(str(real))
    if known is None or known[0] != stamp:
        known = _SUMMARIES[str(real)] = stamp, _make_summary(path, real, stamp)
        for oldest in list(_SUMMARIES)[:-_CACHE_SIZE]:
            _SUMMARIES.pop(oldest, None)
    return known[1]


def _make_summary(path: Path, real: Path, stamp: _Stamp) -> _Summary | None:
    cached = _CACHE.get(str(real))
    if cached is not None and cached.stamp == stamp:
        contract, count = cached.contract, len(cached.contract.interactions)
        has_messages = count >= JOURNAL_FROM and any(
            not isinstance(one, HttpInteraction) for one in contract.interactions
        )
    elif stamp[1] < JOURNAL_FROM * _SMALLEST_INTERACTION:
        return None
    else:
        # Without its interactions: building thousands of them takes seconds.
        with _explain_unchanged(path):
            data = _parse_own_file(read_file_bytes(real), str(path))
            empty = {**data, "interactions": [], "messages": []}
            contract = pact.contract_from_json(empty, str(path))
            lists = [get_list(data, name, str(path)) for name in _LISTS]
        count, has_messages = sum(map(len, lists)), bool(lists[1])
    if count < JOURNAL_FROM:
        return None
    return _Summary(
        contract.consumer, contract.provider, contract.version, has_messages
    )


def _find_stamp(path: Path, real: Path) -> _Stamp | None:
    try:
        return _get_stamp(real)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise make_store_error(path, "read", error) from error


def _get_stamp(path: Path) -> _Stamp:
    found = os.stat(path)  # noqa: PTH116 -- half the calls of Path.stat
    return found.st_mtime_ns, found.st_size, found.st_ino


_Stamp: TypeAlias = tuple[int, int, int]
JOURNAL_FROM = 50
"""The number of interactions from which a file gets a journal."""
_SMALLEST_INTERACTION = 100  # bytes, in the layout of pypact
_LISTS = ("interactions", "messages")
_CACHE_SIZE = 64
_CACHE: dict[str, _CachedFile] = {}  # the files read or written last
# The lines that this process has appended to journals, which need not be parsed.
_APPENDED: dict[str, dict[bytes, Contract]] = {}
_SUMMARIES: dict[str, tuple[_Stamp, _Summary | None]] = {}  # the same
