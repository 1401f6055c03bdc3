"""Define the messages of a pact, and write its contract."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pypact._dataclasses import replace
from pypact.compat.options import warn_of_ignored
from pypact.compat.pact.broker import Broker, ConsumerName, make_file_name
from pypact.compat.pact.matchers import from_term
from pypact.compat.pact.provider import Provider
from pypact.compat.pact.verify_wrapper import PactException
from pypact.formats import read_pact, ruby
from pypact.formats.store import merge_into_file
from pypact.model.interactions import AsyncMessage
from pypact.model.json import Json
from pypact.server.expectations import add_item_rules, change_patterns

if TYPE_CHECKING:
    from typing_extensions import Self


class MessagePact(Broker):
    """A pact of messages between a consumer and a provider.

    A block that ends without an error adds the message defined last to the contract.
    """

    def __init__(
        self,
        consumer: ConsumerName,
        provider: Provider,
        publish_to_broker: bool = False,
        broker_base_url: str | None = None,
        broker_username: str | None = None,
        broker_password: str | None = None,
        broker_token: str | None = None,
        pact_dir: str | os.PathLike[str] | None = None,
        version: str = "3.0.0",
        file_write_mode: str = "merge",
    ) -> None:
        super().__init__(
            broker_base_url, broker_username, broker_password, broker_token
        )
        if file_write_mode != "merge":
            # The old library did not pass it to its writer either.
            warn_of_ignored(file_write_mode=file_write_mode)
        self.consumer = consumer
        self.provider = provider
        self.publish_to_broker = publish_to_broker
        self.pact_dir = os.fspath(pact_dir) if pact_dir else os.getcwd()  # noqa: PTH109 -- a string in the old library
        self.version = version
        self.file_write_mode = file_write_mode
        self._message: dict[str, Json] = {}

    def __repr__(self) -> str:
        return f"<MessagePact {self.consumer.name} -> {self.provider.name}>"

    def given(self, name: str, params: Mapping[str, Json] | None = None) -> Self:
        """Add a provider state to the message."""
        state = {"name": str(name), **({"params": dict(params)} if params else {})}
        self._get_open_message().setdefault("providerStates", []).append(state)
        return self

    def expects_to_receive(self, description: str) -> Self:
        """Set the description of the message."""
        self._get_open_message()["description"] = description
        return self

    def with_content(self, contents: Any) -> Self:
        """Set the contents of the message, which may have matchers."""
        self._get_open_message()["contents"] = from_term(contents)
        return self

    def with_metadata(self, metadata: Mapping[str, Any] | None) -> Self:
        """Set the metadata of the message, which may have matchers."""
        self._get_open_message()["metaData"] = from_term(dict(metadata or {}))
        return self

    def write_to_pact_file(self) -> None:
        """Add the message defined last to the contract.

        Raises: PactException for a message without a description; StoreError if the
        contract cannot be written.
        """
        if "description" not in self._message:
            raise PactException("the message is not complete, missing: description")
        names = self.consumer.name, self.provider.name
        contract = read_pact(
            {
                "consumer": {"name": names[0]},
                "provider": {"name": names[1]},
                "messages": [self._message],
                "metadata": {"pactSpecification": {"version": self.version}},
            }
        )
        [message] = contract.interactions
        assert isinstance(message, AsyncMessage)  # noqa: S101 -- read from `messages`
        # Without the form that was read, which has the matchers of the Ruby tools.
        plain = replace(message, message=replace(message.message, written=None))
        written = change_patterns(add_item_rules(plain), ruby.unmake_search)
        path = Path(self.pact_dir, make_file_name(*names))
        merge_into_file(path, replace(contract, interactions=(written,)))

    def __enter__(self) -> Self:
        """Begin the block in which the consumer's handler processes the message."""
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        """Write the contract, and publish it if that was required."""
        if error is not None:
            return
        self.write_to_pact_file()
        if self.publish_to_broker:
            self.publish_for(self.consumer, self.pact_dir)

    def _get_open_message(self) -> dict[str, Json]:
        if all(name in self._message for name in _REQUIRED):
            self._message = {}
        return self._message


_REQUIRED = ("providerStates", "description", "contents", "metaData")
