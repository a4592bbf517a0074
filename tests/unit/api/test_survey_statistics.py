"""Surveys at their step: how many of those that were sent were answered lately."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookflow.domain.surveys.records import AskingStep
from bookflow.domain.surveys.tokens import digest
from bookflow.use_cases.surveys.answer_survey import LinkState, SurveyAnswering
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.actions.samples import NOW
from tests.unit.api.graphs import create, graph_of, know_location, publish
from tests.unit.surveys.samples import GOOD, SURVEY, invitation


@pytest.mark.parametrize("config", [{"survey": SURVEY.id}, {}])
def test_answers_are_counted_at_the_step_that_asked(
    ports: FakePorts, admin: Client, config: dict[str, str]
) -> None:
    know_location(ports)
    ports.surveys.stored["loc-1", SURVEY.id] = SURVEY
    ask = {"id": "ask", "type": "send_survey_email", "config": config}
    address = create(admin, graph_of(ask))
    publish(admin, address)
    workflow_id = address.rpartition("/")[2]
    statistics = f"{address}/step_statistics"
    assert admin.get(statistics).json["answered"] == {"ask": 0}
    for number in range(3):
        token = f"{number}".zfill(32)
        step = AskingStep(workflow_id=workflow_id, version=1, node_id="ask")
        sent = invitation(token_hash=digest(token), step=step, expires_at=NOW + timedelta(days=90))
        ports.surveys.invite(sent)
        for _ in range(2):  # the same answer again is none
            answered = SurveyAnswering(ports).submit("loc-1", token, GOOD)
            assert answered.state is LinkState.THANKS
        ports.clock.advance(days=4)
    assert admin.get(statistics).json["answered"] == {"ask": 1}
    assert admin.get(statistics, days=30).json["answered"] == {"ask": 3}
    assert admin.get(statistics, days=30, version=2).json["answered"] == {}
