"""Find the data of others: the official cases and the compatibility suite."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("PYPACT_SHARED", ROOT.parent / "shared"))


def shared(*parts: str) -> Path:
    """Return the path of shared data; skip the calling module if it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        reason = f"{path} is absent; set PYPACT_SHARED to the folder of shared data"
        pytest.skip(reason, allow_module_level=True)
    return path
