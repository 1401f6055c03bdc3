"""Explain the names of other libraries, where pypact has another name.

Each table maps a name of pact-python 2 to 4 or pactman to what to write instead.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TypeVar

from pypact.errors import InvalidExpectation

_Function = TypeVar("_Function", bound=Callable[..., object])


def explain_attribute(
    owner: str, name: str, table: Mapping[str, str]
) -> AttributeError:
    """Return the error of an attribute that does not exist, with the new name."""
    hint = f"; {table[name]}" if name in table else ""
    return AttributeError(f"{owner} has no attribute {name!r}{hint}", name=name)


def refuse_former(table: Mapping[str, str]) -> Callable[[_Function], _Function]:
    """Return a decorator that refuses former names of arguments.

    The function raises InvalidExpectation for an argument that is a key of `table`.
    """

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def call(*args: object, **options: object) -> object:
            for name in options:
                if name in table:
                    raise InvalidExpectation(
                        f"{function.__qualname__.removesuffix('.__init__')}() has no "
                        f"argument {name!r}; {table[name]}"
                    )
            return function(*args, **options)

        return call  # type: ignore[return-value]  # it has the signature of `function`

    return decorate


def _use(*pairs: str) -> dict[str, str]:
    """Return a table from "old new" pairs of plain names."""
    return {
        old: f"use {new!r}" for old, _, new in (pair.partition(" ") for pair in pairs)
    }


_OF_PACT = "suites for pact-python 2 run with pypact.compat.pact"
_NO_NEED = "it has no counterpart, as no process is started"

MODULE = {
    "EachLike": f"use pypact.match.each_like; {_OF_PACT}",
    "Equals": "use pypact.match.equal_to; suites for pactman run with "
    "pypact.compat.pactman",
    "Format": f"use pypact.match.uuid, ipv4, datetime and so on; {_OF_PACT}",
    "Includes": "use pypact.match.include; suites for pactman run with "
    "pypact.compat.pactman",
    "Like": f"use pypact.match.like; {_OF_PACT}",
    "MessageConsumer": f"use pypact.Consumer and pact.expects_message(); {_OF_PACT}",
    "MessagePact": f"use pypact.Consumer and pact.expects_message(); {_OF_PACT}",
    "MessageProvider": f"use pypact.Verifier and its decorator message(); {_OF_PACT}",
    "SomethingLike": f"use pypact.match.like; {_OF_PACT}",
    "Term": "use pypact.match.regex, or pypact.match.term with the same arguments; "
    f"{_OF_PACT}",
}

PACT = {
    "and_given": "use given() again, on the interaction",
    "expects_to_receive": "use expects_message()",
    "publish": "use pypact.Broker(url).publish(pact_dir, version=…)",
    "setup": "use `with pact.intercept():`",
    "start_mocking": "use `with pact.intercept():`, which needs no start",
    "start_service": "use `with pact.intercept():`, which needs no start, or "
    "`with pact.serve() as server:` for consumers in other processes",
    "stop_mocking": "use `with pact.intercept():`, which needs no stop",
    "stop_service": "use `with pact.intercept():`, which needs no stop",
    "uri": "give has_pact_with() the base_url of the consumer's client, or use "
    "`with pact.serve() as server:` and server.url",
    "verify": "the end of `with pact.intercept():` verifies the requests",
    "with_content": "use expects_message(…).with_contents()",
    "with_request": "begin with upon_receiving() or given()",
    "with_specification": "use has_pact_with(specification=…)",
    "will_respond_with": "begin with upon_receiving() or given()",
    "write_file": "use write(); blocks write by themselves, to the pact_dir of "
    "has_pact_with()",
}

BUILDER = {
    "add_external_reference": "use reference()",
    "add_text_comment": "use comment()",
    "and_given": "use given() again",
    "set_comment": "use comment()",
    "set_header": "use with_request(headers=…) or will_respond_with(headers=…)",
    "set_headers": "use with_request(headers=…) or will_respond_with(headers=…)",
    "set_key": "use key()",
    "set_metadata": "use with_metadata()",
    "set_pending": "use pending()",
    "with_binary_body": "use body=… with bytes",
    "with_body": "use with_request(body=…) or will_respond_with(body=…)",
    "with_content": "use with_contents()",
    "with_header": "use with_request(headers=…) or will_respond_with(headers=…)",
    "with_headers": "use with_request(headers=…) or will_respond_with(headers=…)",
    "with_multipart_file": "use body=pypact.bodies.multipart(…)",
    "with_query_parameter": "use with_request(query=…)",
    "with_query_parameters": "use with_request(query=…)",
    "expects_to_receive": "use expects_message(), which takes the description",
}

VERIFIER = {
    "add_custom_header": "use the decorator request_filter",
    "add_custom_headers": "use the decorator request_filter",
    "add_source": "use Verifier(pacts=…)",
    "add_transport": "use Verifier(app=…) or Verifier(base_url=…)",
    "broker_source": "use Verifier(pacts=pypact.Broker(url))",
    "consumer_tags": "use pacts=pypact.Broker(selectors=[pypact.select.tag(…)])",
    "disable_ssl_verification": "use Verifier(verify=False)",
    "exclude_pending": "use pacts=pypact.Broker(pending=False), the default",
    "filter": "use verify(description=…, state=…)",
    "filter_consumers": "use verify(consumer=…)",
    "include_pending": "use pacts=pypact.Broker(pending=True)",
    "include_wip_since": "use pacts=pypact.Broker(wip_since=…)",
    "message_handler": "use the decorator message()",
    "set_error_on_empty_pact": "use verify(allow_empty=…)",
    "set_publish_options": "use pacts=pypact.Broker(publish=True, provider_version=…)",
    "set_request_timeout": "use Verifier(timeout=…), in seconds",
    "state_handler": "use the decorator state(), or Verifier(states=…)",
    "verify_pacts": "use Verifier(pacts=…) and verify()",
    "verify_with_broker": "use Verifier(pacts=pypact.Broker(url)) and verify()",
}

MATCH = _use(
    "EachLike each_like",
    "Equals equal_to",
    "Includes include",
    "Like like",
    "SomethingLike like",
    "Term regex",
    "array_containing array_contains",
    "bool boolean",
    "each_key_matches each_key",
    "each_value_matches each_value",
    "equal equal_to",
    "float decimal",
    "includes include",
    "int integer",
    "none null",
    "str string",
    "timestamp datetime",
    "type like",
)

EACH_LIKE_ARGUMENTS = _use("minimum min", "maximum max")

HAS_PACT_WITH_ARGUMENTS = {
    **_use("dir pact_dir", "version specification"),
    **_use("specification_version specification", "pacts_dir pact_dir"),
    "broker_base_url": "use pypact.Broker(url).publish(pact_dir, version=…)",
    "broker_password": "use pypact.Broker(password=…)",
    "broker_token": "use pypact.Broker(token=…)",
    "broker_username": "use pypact.Broker(username=…)",
    "cors": "use pact.serve(cors=True)",
    "file_write_mode": "interactions are merged into the file",
    "host_name": "use 'base_url'",
    "log_dir": _NO_NEED,
    "publish_to_broker": "use pypact.Broker(url).publish(pact_dir, version=…)",
    "ssl": "use 'base_url', with https://",
    "sslcert": _NO_NEED,
    "sslkey": _NO_NEED,
    "use_mocking_server": "use pact.serve()",
}

_PUBLISHING = "use pypact.Broker(url).publish(pact_dir, …) with it"
CONSUMER_ARGUMENTS = {
    "auto_detect_version_properties": _PUBLISHING,
    "branch": _PUBLISHING,
    "build_url": _PUBLISHING,
    "service_cls": "it has no counterpart; write a function that makes your pacts",
    "tag_with_git_branch": _PUBLISHING,
    "tags": _PUBLISHING,
    "version": _PUBLISHING,
}

VERIFIER_ARGUMENTS = {
    **_use("pact_files pacts", "pact_url pacts", "pact_urls pacts"),
    **_use("pact_dir pacts", "provider_base_url base_url", "provider_url base_url"),
    **_use("provider_setup_url state_url", "provider_states_setup_url state_url"),
    **_use("setup_url state_url"),
    "broker_password": "use pacts=pypact.Broker(password=…)",
    "broker_token": "use pacts=pypact.Broker(token=…)",
    "broker_url": "use pacts=pypact.Broker(url)",
    "broker_username": "use pacts=pypact.Broker(username=…)",
    "consumer_tags": "use pacts=pypact.Broker(selectors=[pypact.select.tag(…)])",
    "consumer_version_selectors": "use pacts=pypact.Broker(selectors=[…])",
    "custom_provider_headers": "use the decorator request_filter",
    "enable_pending": "use pacts=pypact.Broker(pending=True)",
    "headers": "use the decorator request_filter",
    "include_wip_pacts_since": "use pacts=pypact.Broker(wip_since=…)",
    "log_dir": _NO_NEED,
    "log_level": _NO_NEED,
    "message_providers": "use the decorator message()",
    "provider_app_version": "use pacts=pypact.Broker(provider_version=…)",
    "provider_tags": "use pacts=pypact.Broker(provider_tags=[…])",
    "provider_version_branch": "use pacts=pypact.Broker(provider_branch=…)",
    "publish_verification_results": "use pacts=pypact.Broker(publish=True)",
    "publish_version": "use pacts=pypact.Broker(provider_version=…)",
    "state_handlers": "use 'states', or the decorator state()",
    "verbose": "it has no counterpart; the report on the console has all details",
}


BROKER_ARGUMENTS = _use(
    "broker_base_url url",
    "broker_password password",
    "broker_token token",
    "broker_url url",
    "broker_username username",
    "consumer_version_selectors selectors",
    "enable_pending pending",
    "include_pending pending",
    "include_wip_pacts_since wip_since",
    "provider_app_version provider_version",
    "provider_version_branch provider_branch",
    "provider_version_tags provider_tags",
    "publish_verification_results publish",
    "publish_version provider_version",
)

PUBLISH_ARGUMENTS = _use(
    "auto_detect_version_properties detect_build",
    "consumer_app_version version",
    "consumer_tags tags",
    "consumer_version version",
    "pact_dir pacts",
    "pact_files pacts",
    "tag_with_git_branch tag_with_branch",
)
