"""Checks drafts: against the node types that there are, and what the location has besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from bookflow.actions.base import Action, ActionConfig, Surroundings
from bookflow.actions.catalogue import action_types
from bookflow.domain.catalogue.variables import (
    optional_variables,
    variable_choices,
    variable_types,
    with_item_parts,
)
from bookflow.domain.events import TriggerConfig, event_types
from bookflow.domain.messages.blocks.checks import block_variables
from bookflow.domain.rendering import Mode, TemplateSourceError, check, referenced_variables
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.identifiers import is_identifier
from bookflow.domain.shared.input_problems import shown
from bookflow.domain.templates import Template, TemplatePart
from bookflow.domain.validation import ValidationContext, validate
from bookflow.domain.validation.circles import WorkflowLink, link_of
from bookflow.domain.validation.configs import TextReference
from bookflow.domain.validation.problems import Problem
from bookflow.domain.webhooks.url_policy import UrlPolicy
from bookflow.domain.workflows.graph import TRIGGER_NODE, Graph, Node
from bookflow.domain.workflows.workflow import Workflow
from bookflow.ports import Ports
from bookflow.use_cases.workflows.double_notices import double_notices, same_templates
from bookflow.use_cases.workflows.references import enabled_versions, unresolved
from bookflow.use_cases.workflows.review_gates import has_review_link, review_gates


class Catalogue:
    """The node types and the templates of one location, as validation asks for them."""

    def __init__(self, location_id: str = "", ports: Ports | None = None) -> None:
        """Make the catalogue.

        Args:
            location_id: Whose templates are meant.
            ports: Where they are; without it every template is taken to exist, as a file on
                an engineer's machine cannot know them.
        """
        self._location_id = location_id
        self._ports = ports
        self._read: dict[str, Template | None] = {}
        self._hosts: Mapping[str, tuple[str, ...]] | None = None
        self._surroundings = Surroundings(
            ports.url_policy if ports else UrlPolicy(), self._secret_hosts
        )

    def config_model(self, node_type: str) -> type[BaseModel] | None:
        """Return the model of a node type's config, None for an unknown type."""
        if node_type == TRIGGER_NODE:
            return TriggerConfig
        action = action_types().get(node_type)
        return action.config_model if action else None

    def references(self, node_type: str, config: Mapping[str, Any]) -> Iterator[TextReference]:
        """Return the variables that an action's texts read.

        The texts of the templates that it names count too, as `template.subject`; variables that
        the action itself supplies to them are left out. A rejected text reads nothing.
        """
        action, model = self._action(node_type, config)
        if action is None or model is None:
            return
        for text in action.texts(model):
            yield from _reads(text.field, text.source, Mode(text.mode))
        for field, template_id in self.templates(node_type, config):
            template = self._template(template_id)
            own = {each.path for each in action.supplies_to(template)} if template else set()
            for part in template.parts() if template else ():
                for read in _reads_of_part(field, part):
                    if read.path not in own:
                        yield replace(read, is_message=True)

    def action_problems(self, node: Node) -> Iterator[Problem]:
        """Return what has to be fixed in the texts of an action's config, and in it as a whole."""
        action, model = self._action(node.type, node.config)
        if action is None or model is None:
            return
        for text in action.texts(model):
            for problem in check(text.source, Mode(text.mode)):
                yield Problem(
                    node_id=node.id,
                    field=f"config.{text.field}",
                    reason=f"Line {problem.line}: {problem.message}",
                    remedy=problem.remedy,
                )
        for found in action.problems(model, self._surroundings):
            yield found.model_copy(update={"node_id": node.id, "field": f"config.{found.field}"})

    def _secret_hosts(self) -> Mapping[str, tuple[str, ...]] | None:
        """Return the hosts of the location's secrets, read once for each catalogue."""
        if self._ports is None:
            return None
        if self._hosts is None:
            listed = self._ports.secrets.list(self._location_id)
            self._hosts = {info.name: info.hosts for info in listed}
        return self._hosts

    def templates(self, node_type: str, config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Return the templates that a config names, each after its field path."""
        action, _ = self._action(node_type, config)
        if action is None:
            return
        for name, field in action.config_model.model_fields.items():
            extra = field.json_schema_extra
            names_template = isinstance(extra, dict) and extra.get("format") == "template-id"
            # What is no id has a problem of its own, and no storage takes it as a key.
            if names_template and is_identifier(template_id := config.get(name)):
                yield name, template_id

    def asking_for_reviews(self, graph: Graph) -> frozenset[str]:
        """Return the nodes whose templates lead to a page for public reviews."""
        return frozenset(
            node.id
            for node in graph.nodes
            for _, template_id in self.templates(node.type, node.config)
            if (template := self._template(template_id)) is not None
            and any(has_review_link(part.source) for part in template.parts())
        )

    def template_exists(self, template_id: str) -> bool:
        """Return whether the location has an active template of that id."""
        if self._ports is None:
            return True
        template = self._template(template_id)
        return template is not None and template.active

    def variable_types(self, node_type: str, config: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the kind of each variable that a node supplies."""
        event = config.get("event")
        if node_type == TRIGGER_NODE and event in event_types():
            return variable_types(str(event))
        action = action_types().get(node_type)
        return {each.path: each.kind for each in with_item_parts(action.outputs)} if action else {}

    def choices(self, node_type: str, config: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        """Return the only texts that some of these variables can be."""
        event = config.get("event")
        if node_type == TRIGGER_NODE and event in event_types():
            return variable_choices(str(event))
        action = action_types().get(node_type)
        return (
            {each.path: each.choices for each in action.outputs if each.choices} if action else {}
        )

    def optional_variables(self, node_type: str, config: Mapping[str, Any]) -> Set[str]:
        """Return those of the same variables that can be without a value."""
        event = config.get("event")
        if node_type == TRIGGER_NODE and event in event_types():
            return optional_variables(str(event))
        action = action_types().get(node_type)
        return {each.path for each in action.outputs if each.optional} if action else set()

    def causes(self, node_type: str, config: Mapping[str, Any]) -> Iterable[str]:
        """Return the event types that an action can cause."""
        action, model = self._action(node_type, config)
        return action.causes(model) if action is not None and model is not None else ()

    def _template(self, template_id: str) -> Template | None:
        """Return a template of the location, read once for each catalogue."""
        if self._ports is None:
            return None
        if template_id not in self._read:
            try:
                found = self._ports.templates.get(self._location_id, template_id)
            except NotFoundError:
                found = None
            self._read[template_id] = found
        return self._read[template_id]

    def _action(
        self, node_type: str, config: Mapping[str, Any]
    ) -> tuple[type[Action[Any, Any]] | None, ActionConfig | None]:
        action = action_types().get(node_type)
        if action is None:
            return None, None
        try:
            return action, action.config_model.model_validate(dict(config))
        except ValidationError:
            return action, None


def _reads_of_part(field: str, part: TemplatePart) -> Iterator[TextReference]:
    field = f"{field}.{part.language}.{part.field}" if part.language else f"{field}.{part.field}"
    if not part.blocks:
        yield from _reads(field, part.source, part.mode)
    for each in block_variables(part.blocks):
        yield TextReference(field, each.path, each.guarded, where=each.block)


def _reads(field: str, source: str, mode: Mode) -> Iterator[TextReference]:
    try:
        variables = sorted(referenced_variables(source, mode))
    except TemplateSourceError:
        return  # reported as a problem of the text itself
    for variable in variables:
        yield TextReference(field, str(variable), variable.guarded)


def check_graph(workflow: Workflow, ports: Ports) -> list[Problem]:
    """Return every problem of a workflow's draft, circles with the location's others included."""
    catalogue = Catalogue(workflow.location_id, ports)
    context = ValidationContext(
        catalogue=catalogue,
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        others=_links(workflow.location_id, catalogue, ports),
    )
    return [
        *validate(workflow.draft, context),
        *(problem for node in workflow.draft.nodes for problem in catalogue.action_problems(node)),
        *_missing_surveys(workflow, ports),
        *double_notices(workflow, ports),
        *same_templates(workflow, ports),
        *review_gates(workflow.draft, catalogue.asking_for_reviews(workflow.draft)),
    ]


def _missing_surveys(workflow: Workflow, ports: Ports) -> Iterator[Problem]:
    """Report surveys that do not exist, and warn of those that are off: their steps are skipped."""
    for missing in unresolved(workflow.draft, workflow.location_id, ports, "survey"):
        try:
            name = ports.surveys.get(workflow.location_id, missing.id).name
        except NotFoundError:
            yield Problem(
                node_id=missing.node_id,
                field=missing.field,
                reason=f"The survey {shown(missing.id)} does not exist in this location.",
                remedy="Choose another survey.",
            )
            continue
        yield Problem(
            node_id=missing.node_id,
            field=missing.field,
            reason=f"The survey {shown(name)} is off.",
            remedy="Choose another survey, or turn it on. Until then the step is skipped.",
            severity="warning",
        )


def _links(location_id: str, catalogue: Catalogue, ports: Ports) -> list[WorkflowLink]:
    """Return what the location's enabled workflows wait for and cause."""
    links = (
        link_of(version.graph, catalogue, workflow_id=version.workflow_id, name=version.name)
        for version in enabled_versions(location_id, ports)
    )
    return [link for link in links if link is not None]
