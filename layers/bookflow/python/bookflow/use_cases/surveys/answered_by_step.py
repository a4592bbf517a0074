"""How many customers answered what each survey step of a version asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, PageRequest
from bookflow.domain.surveys.records import AskingStep
from bookflow.domain.workflows.graph import Node
from bookflow.ports import Ports


def answered_by_step(
    ports: Ports, location_id: str, workflow_id: str, version: int, since: date
) -> Mapping[str, int]:
    """Return how many answered from a day on, by the node of the step that asked them.

    Every survey step of the version is in it. Each survey's tally is one read; where a step leaves
    the choice of the survey to the booking, those of the location's first 100 surveys are read.
    """
    try:
        stored = ports.workflows.version(location_id, workflow_id, version)
    except NotFoundError:
        return {}
    asking = [node for node in stored.graph.nodes if node.type == SendSurveyEmail.type]
    surveys = _surveys(ports, location_id, asking)
    tallies = [ports.surveys.tally(location_id, each) for each in surveys]
    found = {}
    for node in asking:
        step = AskingStep(workflow_id=workflow_id, version=version, node_id=node.id)
        found[node.id] = sum(tally.answered_since(step, since) for tally in tallies)
    return found


def _surveys(ports: Ports, location_id: str, asking: Sequence[Node]) -> frozenset[str]:
    """Return the surveys that these steps may ask."""
    chosen = [node.config.get("survey") for node in asking]
    named = frozenset(survey for survey in chosen if isinstance(survey, str))
    if all(isinstance(survey, str) for survey in chosen):
        return named
    listed = ports.surveys.list(location_id, PageRequest(MAX_PAGE_SIZE)).items
    return named | {survey.id for survey in listed}
