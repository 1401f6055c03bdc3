"""Which object does an import string mean?"""

from __future__ import annotations

import importlib
import operator
from typing import Any

from pypact.errors import InvalidExpectation

__all__ = ["imported", "product_of"]


def imported(text: str) -> Any:
    """Import `package.module:name`, where `name` may have dots and end in `()`.

    Without a name, `app` and `application` are looked for. An error in the module
    itself goes out as it is.

    Raises: InvalidExpectation for what cannot be found.
    """
    if "://" in text:
        raise InvalidExpectation(
            f"app={text!r} is a URL: what listens there is given as base_url= "
            "(--base-url)"
        )
    module_name, _, names = text.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not _is_part(str(error.name), module_name):
            raise
        raise InvalidExpectation(
            f"app={text!r}: there is no module {error.name!r}; wanted a text like "
            "'package.module:app', importable from the current directory"
        ) from error
    except SystemExit as error:
        raise InvalidExpectation(
            f"app={text!r}: {module_name} ends the program when it is imported "
            f"(SystemExit: {error.code}); keep that under `if __name__ == '__main__'`"
        ) from error
    except (ValueError, TypeError) as error:
        raise InvalidExpectation(
            f"app={text!r} is no text like 'package.module:app'"
        ) from error
    if not names:
        names = next((name for name in _USUAL if hasattr(module, name)), _USUAL[0])
    return _found(module, names.removesuffix("()"), text, call=names.endswith("()"))


def _found(module: Any, names: str, text: str, *, call: bool) -> Any:
    try:
        found = operator.attrgetter(names)(module)
    except AttributeError:
        raise InvalidExpectation(
            f"app={text!r}: {module.__name__} has no {names!r}"
        ) from None
    return product_of(found) if call else found


def product_of(factory: Any) -> Any:
    """Call a factory of applications.

    Raises: InvalidExpectation for one that ends the program.
    """
    try:
        return factory()
    except SystemExit as error:
        raise InvalidExpectation(
            f"the factory app={factory!r} ended the program (SystemExit: {error.code})"
        ) from error


def _is_part(missing: str, wanted: str) -> bool:
    return wanted == missing or wanted.startswith(f"{missing}.")


_USUAL = ("app", "application")
