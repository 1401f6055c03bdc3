"""The interface of pactman, on top of pypact.

Change the import, and suites for pactman run with pypact:

>>> from pypact.compat.pactman import Consumer, Like, Provider
>>> pact = Consumer("Web").has_pact_with(Provider("Users"), version="3.0.0")

Requests of this process to `pact.uri` are intercepted, from every client that pypact
can intercept. A port is opened only with `use_mocking_server=True`, or when this
process starts another one. For the fixture `pact_verifier`, load the plugin:
`pytest -p pypact.compat.pactman.verifier.pytest_plugin`. The command
`python -m pypact.compat.pactman` takes the arguments of `pactman-verifier`.
"""

from pypact.compat.pact.provider import Provider
from pypact.compat.pactman.mock.consumer import Consumer
from pypact.compat.pactman.mock.matchers import (
    EachLike,
    Equals,
    Includes,
    Like,
    SomethingLike,
    Term,
)
from pypact.compat.pactman.mock.pact import Pact

__all__ = [
    "Consumer",
    "EachLike",
    "Equals",
    "Includes",
    "Like",
    "Pact",
    "Provider",
    "SomethingLike",
    "Term",
]
