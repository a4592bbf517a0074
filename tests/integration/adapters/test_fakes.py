"""The fakes' own tricks: crashes, failures and a clock that is set."""

from __future__ import annotations

import pytest

from bookflow.domain.messages.message import TextMessage
from bookflow.domain.shared.errors import OutcomeUnknownError, TransientError
from bookflow.ports import Ports
from tests.fakes import Crash, FakePorts
from tests.integration.adapters.samples import created, workflow

SMS = TextMessage("+4930123456", "Hi")


def test_a_crash_comes_right_after_the_call_of_that_number() -> None:
    fakes = FakePorts()
    fakes.bookings.record(created())
    fakes.crash_after(2)
    fakes.workflows.save(workflow())
    with pytest.raises(Crash):
        fakes.texter.send(SMS)
    assert fakes.texter.sent == [SMS]
    fakes.texter.send(SMS)
    assert fakes.calls.made == ["bookings.record", "workflows.save", "texter.send", "texter.send"]


def test_a_crash_between_a_message_and_its_record_is_an_unknown_outcome() -> None:
    fakes = FakePorts()
    ports: Ports = fakes
    fakes.crash_after(2)
    with pytest.raises(Crash):
        ports.effects.once("k", lambda: {"id": ports.texter.send(SMS)})
    with pytest.raises(OutcomeUnknownError):
        ports.effects.once("k", lambda: {"id": ports.texter.send(SMS)})
    assert len(fakes.texter.sent) == 1


def test_a_call_fails_as_reported_and_does_nothing() -> None:
    fakes = FakePorts()
    fakes.fail_next("texter.send", TransientError("busy"))
    with pytest.raises(TransientError):
        fakes.texter.send(SMS)
    fakes.texter.send(SMS)
    assert len(fakes.texter.sent) == 1


def test_the_clock_moves_only_when_reported() -> None:
    fakes = FakePorts()
    before = fakes.clock.now()
    assert fakes.clock.now() == before
    fakes.clock.advance(hours=2)
    assert (fakes.clock.now() - before).total_seconds() == 7200
