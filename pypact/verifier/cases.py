"""How does unittest verify each interaction in a test of its own?

Source: verification.md, section 4.5. Each interaction is a method, because setUp and a
TestCase's transaction are for one method; a pending one that fails is skipped, because
an expected failure would fail on the day the provider complies.
"""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any, TypeVar

from pypact.errors import VerificationFailed
from pypact.verifier.each import ContractInteraction, Each, Wanted

__all__ = ["cases_for"]

_Case = TypeVar("_Case", bound=unittest.TestCase)

# unittest leaves the frames of a module with this name out of tracebacks.
__unittest = True


def cases_for(each: Each, base: type[_Case]) -> type[_Case]:
    """Return a subclass of `base` with one test method for each interaction."""
    methods = {
        f"test_{one.name.replace('-', '_')}": _build_test_method(one, each)
        for one in each.interactions()
    }
    namespace = {"__doc__": f"{each.verifier.provider} honours its contracts."}
    return type(f"{base.__name__}OfContracts", (base,), {**namespace, **methods})


def _build_test_method(
    wanted: Wanted, each: Each
) -> Callable[[unittest.TestCase], None]:
    def verify(self: unittest.TestCase) -> None:
        __tracebackhide__ = True  # read by pytest, which also runs unittest classes
        is_registered = type(self).__dict__.get("_pypact_closes", False)
        if not is_registered:
            type(self)._pypact_closes = True  # type: ignore[attr-defined]  # noqa: SLF001 -- a class made by this module
            type(self).addClassCleanup(each.verifier.close)
        if isinstance(wanted, ContractInteraction):
            wanted.value_for = _attribute_lookup(self)
            wanted.rerun = f"python -m unittest {self.id()}"
        try:
            wanted.verify()
        except VerificationFailed as error:
            if wanted.is_pending and not wanted.fails_pending:
                self.skipTest(f"pending: {str(error).partition(chr(10))[0]}")
            # The frames of pypact do not help to find the cause.
            raise error.with_traceback(None) from None

    if isinstance(wanted, ContractInteraction):
        verify.__doc__ = f"{wanted.consumer}: {wanted.description}"
        # The pytest plugin reads it, to report and publish the result.
        verify.pypact_interaction = wanted  # type: ignore[attr-defined]  # an extra attribute
    return verify


def _attribute_lookup(case: unittest.TestCase) -> Callable[[str], Any]:
    def value_for(name: str) -> Any:
        # Checked first, so that an error raised inside a property is not hidden.
        if name not in vars(case) and not hasattr(type(case), name):
            raise LookupError(name)
        return getattr(case, name)

    return value_for
