"""Publish the contracts of a consumer to a Pact Broker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from pypact.errors import PactError


class ConsumerName:
    """The name of a consumer, and the version that its contracts are published with."""

    def __init__(
        self,
        name: str,
        service_cls: Callable[..., Any],
        tags: Sequence[str] | None = None,
        tag_with_git_branch: bool = False,
        version: str = "0.0.0",
        branch: str | None = None,
        build_url: str | None = None,
        auto_detect_version_properties: bool = False,
    ) -> None:
        self.name = name
        self.service_cls = service_cls
        self.tags = tags
        self.tag_with_git_branch = tag_with_git_branch
        self.version = version
        self.branch = branch
        self.build_url = build_url
        self.auto_detect_version_properties = auto_detect_version_properties


class Broker:
    """A Pact Broker, with its credentials."""

    def __init__(
        self,
        broker_base_url: str | None = None,
        broker_username: str | None = None,
        broker_password: str | None = None,
        broker_token: str | None = None,
    ) -> None:
        self.broker_base_url = broker_base_url
        self.broker_username = broker_username
        self.broker_password = broker_password
        self.broker_token = broker_token

    def publish(
        self,
        consumer_name: str,
        version: str,
        pact_dir: str | None = None,
        tag_with_git_branch: bool | None = None,
        consumer_tags: Iterable[str] | None = None,
        branch: str | None = None,
        build_url: str | None = None,
        auto_detect_version_properties: bool | None = None,
    ) -> None:
        """Publish the consumer's files in `pact_dir` to the broker.

        Raises: RuntimeError without the URL of a broker, or if publishing fails.
        """
        from pypact.broker import Broker as PactBroker  # noqa: PLC0415 -- few suites publish

        url = self.broker_base_url or os.environ.get("PACT_BROKER_BASE_URL")
        if not url:
            raise RuntimeError(
                "no URL of a Pact Broker: give broker_base_url, or set the environment "
                "variable PACT_BROKER_BASE_URL"
            )
        begin = make_file_part(consumer_name)
        files = sorted(
            str(file)
            for file in Path(pact_dir or ".").iterdir()
            if file.name.startswith(begin) and file.suffix == ".json"
        )
        try:
            broker = PactBroker(
                url,
                username=self.broker_username,
                password=self.broker_password,
                token=self.broker_token,
            )
            broker.publish(
                files,
                version=version,
                branch=branch,
                tags=consumer_tags or (),
                build_url=build_url,
                detect_build=bool(
                    auto_detect_version_properties or tag_with_git_branch
                ),
                tag_with_branch=bool(tag_with_git_branch),
            )
        except PactError as error:
            raise RuntimeError(f"publishing to {url} failed: {error}") from error

    def publish_for(self, consumer: ConsumerName, pact_dir: str) -> None:
        """Publish the files of a consumer with its version, tags and branch."""
        self.publish(
            consumer.name,
            consumer.version,
            pact_dir=pact_dir,
            tag_with_git_branch=consumer.tag_with_git_branch,
            consumer_tags=consumer.tags,
            branch=consumer.branch,
            build_url=consumer.build_url,
            auto_detect_version_properties=consumer.auto_detect_version_properties,
        )


def make_file_part(name: str) -> str:
    """Return the form of a name in the names of files."""
    return name.lower().replace(" ", "_")


def make_file_name(consumer: str, provider: str) -> str:
    """Return the name of the pact file, which is that of the old library."""
    return f"{make_file_part(consumer)}-{make_file_part(provider)}.json"
