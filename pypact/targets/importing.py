"""Which object does an import string mean?"""

from __future__ import annotations

import importlib
import operator
from typing import Any

from pypact.errors import InvalidExpectation

__all__ = ["imported", "product_of"]


def imported(text: str) -> Any:
    """Import the object that `package.module:name` names.

    `name` may contain dots and may end with `()`, which calls a factory. Without a
    name, `app` or `application` is used. Errors inside the module are not caught.

    Raises: InvalidExpectation if there is no such object.
    """
    if "://" in text:
        raise InvalidExpectation(
            f"app={text!r} is a URL; pass the URL of a running provider as base_url= "
            "(--base-url)"
        )
    module_name, _, names = text.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not _is_same_or_parent(str(error.name), module_name):
            raise
        raise InvalidExpectation(
            f"app={text!r}: there is no module {error.name!r}; expected a string like "
            "'package.module:app', importable from the current directory"
        ) from error
    except SystemExit as error:
        raise InvalidExpectation(
            f"app={text!r}: {module_name} exits when it is imported (SystemExit: "
            f"{error.code}); guard that code with `if __name__ == '__main__'`"
        ) from error
    except (ValueError, TypeError) as error:
        raise InvalidExpectation(
            f"app={text!r} is not a string like 'package.module:app'"
        ) from error
    if not names:
        names = next(
            (name for name in _DEFAULT_NAMES if hasattr(module, name)),
            _DEFAULT_NAMES[0],
        )
    return _get_app(module, names.removesuffix("()"), text, call=names.endswith("()"))


def _get_app(module: Any, names: str, text: str, *, call: bool) -> Any:
    try:
        found = operator.attrgetter(names)(module)
    except AttributeError:
        raise InvalidExpectation(
            f"app={text!r}: the module {module.__name__} has no {names!r}"
        ) from None
    return product_of(found) if call else found


def product_of(factory: Any) -> Any:
    """Call an application factory and return its product.

    Raises: InvalidExpectation if the factory raises SystemExit.
    """
    try:
        return factory()
    except SystemExit as error:
        raise InvalidExpectation(
            f"the factory app={factory!r} exited (SystemExit: {error.code})"
        ) from error


def _is_same_or_parent(missing: str, module: str) -> bool:
    return module == missing or module.startswith(f"{missing}.")


_DEFAULT_NAMES = ("app", "application")
