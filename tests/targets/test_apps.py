"""Which applications can be driven."""

import pytest

from pypact.errors import InvalidExpectation
from pypact.targets import WsgiTarget, target_for


def test_a_callable_is_a_wsgi_application():
    assert isinstance(target_for(lambda environ, start_response: []), WsgiTarget)


def test_a_target_is_taken_as_it_is():
    target = WsgiTarget(lambda environ, start_response: [])

    assert target is target_for(target)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(InvalidExpectation, match="'app:app' is neither"):
        target_for("app:app")


async def asgi_function(scope, receive, send):
    """An ASGI application in the form of a function."""


class AsgiObject:
    async def __call__(self, scope, receive, send):
        """An ASGI application in the form of an object."""


@pytest.mark.parametrize("app", [asgi_function, AsgiObject()])
def test_an_asgi_application_is_refused_by_name(app):
    with pytest.raises(InvalidExpectation, match="is an ASGI application"):
        target_for(app)
