"""Write contracts and verify providers in a pytest session.

This module imports nothing of pypact, and its functions no more than the options and
hooks need: a session that does not use pypact is not slowed down.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

import sys
from functools import partial

import pytest


def pytest_addoption(
    parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager
) -> None:
    """Add the command line options for consumer and provider tests."""
    from pypact.pytest_plugin.options import add_options  # noqa: PLC0415 -- see the docstring above

    add_options(parser, pluginmanager)


def pytest_configure(config: pytest.Config) -> None:
    """Configure the session: network policy, recording and the plugins."""
    from pypact import _process  # noqa: PLC0415 -- see the docstring above
    from pypact.pytest_plugin import variants  # noqa: PLC0415 -- the same
    from pypact.pytest_plugin.consumer import ConsumerPlugin  # noqa: PLC0415 -- the same
    from pypact.pytest_plugin.options import (  # noqa: PLC0415 -- the same
        map_content_types,
        read_option,
        set_network_policy,
    )
    from pypact.pytest_plugin.outcomes import OutcomesPlugin, relate_node  # noqa: PLC0415 -- the same
    from pypact.pytest_plugin.provider import ProviderPlugin  # noqa: PLC0415 -- the same
    from pypact.pytest_plugin.publishing import PublishingPlugin  # noqa: PLC0415 -- the same
    from pypact.pytest_plugin.tracebacks import SecretsPlugin, TracebackPlugin  # noqa: PLC0415 -- the same
    from pypact.pytest_plugin.workers import SharingPlugin  # noqa: PLC0415 -- the same

    set_network_policy(config)
    map_content_types(config)
    _process.defer_writing()
    config.add_cleanup(_stop_session)
    _process.STATE.node_relaters.append(partial(relate_node, config))
    if read_option(config, "check"):
        _process.forbid_writing()
        config.add_cleanup(_process.allow_writing)
    config.addinivalue_line("markers", "pypact: verify an interaction of a contract")
    config.addinivalue_line(
        "markers", "pypact_no_prove: leave a test with side effects out of proving"
    )
    register = config.pluginmanager.register
    outcomes = OutcomesPlugin(config)
    register(outcomes, "pypact-outcomes")
    consumer = ConsumerPlugin(config, outcomes)
    register(consumer, "pypact-session")
    register(variants, "pypact-variants")
    register(ProviderPlugin(config), "pypact-provider")
    register(PublishingPlugin(config), "pypact-publishing")
    register(SharingPlugin(config), "pypact-sharing")
    register(TracebackPlugin(), "pypact-tracebacks")
    register(SecretsPlugin(), "pypact-secrets")
    if read_option(config, "prove"):
        from pypact.pytest_plugin.proving import ProvingPlugin  # noqa: PLC0415 -- only if fields are proven

        register(ProvingPlugin(config), "pypact-proving")
    elif config.getoption("--pypact-prove-json") is not None:
        raise pytest.UsageError("--pypact-prove-json needs --pypact-prove")
    if read_option(config, "publish-contracts"):
        from pypact.pytest_plugin.contract_publishing import ContractPublishingPlugin  # noqa: PLC0415 -- only if contracts are published

        # The hooks of the plugin that is registered last are called last.
        plugin = ContractPublishingPlugin(config, consumer, outcomes)
        register(plugin, "pypact-contract-publishing")


def _stop_session() -> None:
    """Undo what `pytest_configure` began; remove hooks that stayed between blocks."""
    from pypact import _process  # noqa: PLC0415 -- see the docstring above

    _process.stop_deferring()
    _process.STATE.node_relaters.pop()
    claims = sys.modules.get("pypact.hooks.claims")
    if claims is not None:
        claims.remove_hooks()
