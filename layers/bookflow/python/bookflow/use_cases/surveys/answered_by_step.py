"""How many customers answered what each survey step of a version asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import MAX_PAGE_SIZE, PageRequest
from bookflow.domain.surveys.records import AskingStep
from bookflow.domain.workflows.workflow import WorkflowVersion
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
    nodes = [node for node in stored.graph.nodes if node.type == SendSurveyEmail.type]
    tallies = [ports.surveys.tally(location_id, each) for each in _surveys(ports, stored)]
    found = {}
    for node in nodes:
        step = AskingStep(workflow_id=workflow_id, version=version, node_id=node.id)
        found[node.id] = sum(tally.answered_since(step, since) for tally in tallies)
    return found


def _surveys(ports: Ports, version: WorkflowVersion) -> frozenset[str]:
    """Return the surveys that the steps of a version may ask."""
    steps = [node for node in version.graph.nodes if node.type == SendSurveyEmail.type]
    named = {survey for step in steps if isinstance(survey := step.config.get("survey"), str)}
    if all(isinstance(step.config.get("survey"), str) for step in steps):
        return frozenset(named)
    listed = ports.surveys.list(version.location_id, PageRequest(MAX_PAGE_SIZE)).items
    return frozenset(named | {survey.id for survey in listed})
