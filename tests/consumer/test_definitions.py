"""Definitions: interactions that no block has used yet, and the open block."""

import gc
import os

import pytest

import pypact
from pypact.consumer.definitions import (
    DEFINITIONS,
    Definitions,
    EnterableBlock,
    PactInfo,
    warn_of_blocks_never_left,
)
from pypact.consumer.messages import MessageBuilder
from pypact.errors import PactWarning
from pypact.model.interactions import SpecificationVersion


@pytest.fixture
def staged():
    return []


@pytest.fixture
def definitions(tmp_path, staged):
    pact = PactInfo("Web", "Users", None, tmp_path, SpecificationVersion.V4)
    return Definitions(pact, lambda *arguments: staged.append(arguments))


def test_finished_interactions_are_registered_once(definitions):
    finished, unfinished = definitions.begin(), definitions.begin()
    finished.upon_receiving("x").with_request().will_respond_with()
    registered = []

    definitions.register_finished(registered.append)
    definitions.register_finished(registered.append)

    assert [finished] == registered
    assert [unfinished] == definitions.take_all()
    assert [] == definitions.take_all()


def test_a_block_that_was_never_left_gives_a_warning_with_its_line():
    block = EnterableBlock()
    block.note_entered("Web -> Users", "a.py:12")
    with pytest.warns(PactWarning, match=r"Web -> Users .* at a\.py:12 was never left"):
        warn_of_blocks_never_left()
    block.note_left()

    warn_of_blocks_never_left()


def test_a_forked_child_does_not_warn_of_the_blocks_of_its_parent(monkeypatch):
    block = EnterableBlock()
    block.note_entered("Web -> Users", "a.py:12")
    monkeypatch.setattr(os, "getpid", lambda: -1)

    warn_of_blocks_never_left()

    block.note_left()


def test_a_second_block_is_refused_until_the_first_is_closed(definitions):
    definitions.open_block("a.py:1")
    with pytest.raises(pypact.BlockMisuse, match=r"Web -> Users .* at a\.py:1"):
        definitions.open_block("a.py:2")
    definitions.close_block()
    definitions.open_block("a.py:3")


def test_processed_messages_are_staged_for_the_pact(definitions, staged):
    messages = definitions.messages
    message = MessageBuilder(SpecificationVersion.V4, "x", messages).with_contents("a")
    message.verify(lambda *_: None)

    assert [(definitions.pact, [message.to_interaction()])] == staged


def test_definitions_are_reported_though_their_pact_is_not_referenced(make_pact):
    gc.collect()
    gc.disable()
    try:
        make_pact().upon_receiving("x")
        left = [builder for one in DEFINITIONS for builder in one.take_all()]
    finally:
        gc.enable()

    assert ["x"] == [builder._description for builder in left]
