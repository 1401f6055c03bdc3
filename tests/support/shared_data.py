"""Where the data of others lie: the official cases and the compatibility suite."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("PYPACT_SHARED", ROOT.parent / "shared"))


def shared(*parts: str) -> Path:
    """The path of shared data; a module that asks for what is absent is skipped."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        reason = f"{path} is absent; set PYPACT_SHARED to the folder of shared data"
        pytest.skip(reason, allow_module_level=True)
    return path
