"""Find the version of pypact."""

from __future__ import annotations


def find_version() -> str:
    """Return the installed version; "unknown" for a source folder without metadata."""
    from importlib import metadata  # noqa: PLC0415 -- slow, and mostly not needed

    try:
        return metadata.version("pypact-contracts")
    except metadata.PackageNotFoundError:
        return "unknown"
