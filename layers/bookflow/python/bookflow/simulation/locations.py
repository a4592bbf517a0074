"""What is in a simulated location before anything happens: stand-ins, or what a location holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from bookflow.actions.catalogue import action_types
from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.adapters.memory.messages import InMemorySuppressions
from bookflow.adapters.memory.records import InMemoryRecords
from bookflow.domain.bookings.records import BookingContext, BookingFields, Location, fields_set
from bookflow.domain.events import Event
from bookflow.domain.messages.suppression import Suppression
from bookflow.domain.messages.unsubscribe_links import KEY_BYTES
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.records import LibraryRecord
from bookflow.domain.surveys.survey import StarQuestion, Survey
from bookflow.domain.templates import Template
from bookflow.domain.webhooks.secret_hosts import fixed_url
from bookflow.domain.webhooks.secrets import Secret
from bookflow.domain.webhooks.signature import encode_secret
from bookflow.domain.webhooks.url_policy import BlockedUrlError, UrlPolicy
from bookflow.domain.workflows.export import WorkflowExport
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Workflow, WorkflowVersion
from bookflow.ports import LibraryStore, Ports
from bookflow.use_cases.workflows.make_machine import MachineTarget
from bookflow.use_cases.workflows.publish import Publisher
from bookflow.use_cases.workflows.references import secrets_of
from bookflow.use_cases.workflows.republish import subscription_of

RecordT = TypeVar("RecordT", bound=LibraryRecord)

_TARGET = MachineTarget(
    name_prefix="simulated-",
    function_arn_prefix="arn:aws:lambda:eu-central-1:000000000000:function:simulated-",
    role_arn="arn:aws:iam::000000000000:role/simulated",
    log_group_arn="arn:aws:logs:eu-central-1:000000000000:log-group:simulated",
)

_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""Time of what was always so: whatever an event states of it is later."""

_LINK_KEY = bytes(KEY_BYTES)
"""Signs links of simulations, which lead nowhere: each run says the same."""

_ANY_SECRET = Secret(encode_secret(bytes(32)))
"""Stands for each secret of a location, the one that signs included."""

_STATED_BY_EVENTS = frozenset({"id", "status", "start_time", "end_time", "booked_at"})


class LocationSource(Protocol):
    """A location that a simulation takes place in."""

    def fill(self, ports: InMemoryPorts, location_id: str) -> None:
        """Store what is there before the first event of the location."""


class SampleLocation:
    """Exported workflows without the records around them.

    Each workflow is published and enabled in every location. A template stands for itself with
    its id as text, one survey for all, and secrets may be sent where the workflows send them.

    Args:
        workflows: The workflows by id.
        locations: The locations' records by id; a location without one gets defaults (UTC).
    """

    def __init__(
        self,
        workflows: Mapping[str, WorkflowExport],
        locations: Mapping[str, Location] | None = None,
    ) -> None:
        self._workflows = workflows
        self._locations = dict(locations or {})

    def fill(self, ports: InMemoryPorts, location_id: str) -> None:
        """Store the location, the stand-ins, and the workflows as published."""
        ports.suppressions.keep_link_key(location_id, _LINK_KEY)
        location = self._locations.get(location_id) or Location(id=location_id)
        ports.surveys.save(_survey(location_id, location.survey_id or "survey"))
        if location.survey_id is None:
            location = location.model_copy(update={"survey_id": "survey"})
        ports.bookings.record(_always_so(location))
        for workflow_id, export in self._workflows.items():
            for name in _named(export.graph, "survey"):
                ports.surveys.save(_survey(location_id, name))
            for name in _named(export.graph, "template"):
                _sample_template(ports, location_id, name)
            for name, hosts in _secret_hosts(export.graph, ports.url_policy).items():
                ports.secrets.put(location_id, name, replace(_ANY_SECRET, hosts=hosts))
            _publish(ports, _workflow(ports, location_id, workflow_id, export))


@dataclass(frozen=True)
class StoredLocation:
    """A location as it stands, with one of its workflows as the only one; nothing of it changes.

    Templates, surveys, opt-outs and the location's settings are those of the location. Values of
    secrets are not read: a text of no meaning stands for each, with the hosts of the secret.

    Args:
        real: Where the location is.
        context: The booking with its surroundings: what no event states was always so.
        workflow: The workflow; its draft is simulated unless a version is given.
        version: A published version.
    """

    real: Ports
    context: BookingContext
    workflow: Workflow
    version: WorkflowVersion | None = None

    def fill(self, ports: InMemoryPorts, location_id: str) -> None:
        """Store copies of what the workflow and the booking name."""
        ports.public_base_url = self.real.public_base_url
        ports.url_policy = self.real.url_policy
        ports.suppressions = _RealSuppressions(self.real)
        ports.suppressions.keep_link_key(location_id, _LINK_KEY)
        ports.bookings.record(_always_so(self.context.location, self.context))
        graph = self.version.graph if self.version else self.workflow.draft
        for name in _named(graph, "template"):
            _copy(self.real.templates, ports.templates, location_id, name)
        for name in self._surveys(graph):
            _copy(self.real.surveys, ports.surveys, location_id, name)
        reading = {name for name, action in action_types().items() if action.reads_secrets}
        if any(node.type in reading for node in graph.nodes):
            for info in self.real.secrets.list(location_id):
                secret = replace(_ANY_SECRET, hosts=info.hosts)
                ports.secrets.put(location_id, info.name, secret)
        workflow = self.workflow.changed(
            revision=1,
            enabled=True,
            published_version=None,
            latest_version=0,
            reminding_since=None,
        )
        if self.version is None:
            _publish(ports, workflow)
        else:
            _run_version(ports, workflow, self.version)

    def _surveys(self, graph: Graph) -> Iterator[str]:
        yield from _named(graph, "survey")
        for around in (self.context.location, self.context.activity):
            if around is not None and around.survey_id:
                yield around.survey_id


class _RealSuppressions(InMemorySuppressions):
    """The opt-outs of the location; links to opt out are made with a key of the simulation."""

    def __init__(self, real: Ports) -> None:
        super().__init__()
        self._real = real

    def find(self, location_id: str, address_hashes: Iterable[str]) -> Mapping[str, Suppression]:
        return self._real.suppressions.find(location_id, address_hashes)


def _always_so(location: Location, context: BookingContext | None = None) -> Event:
    """Return a statement of the location, and of what the booking's events may not state."""
    booking = context.booking if context else None
    stated: Mapping[str, Any] = {}
    if context is not None and booking is not None:
        said = fields_set(booking)
        stated = {
            "booking_id": booking.id,
            "booking": BookingFields(
                **{name: said[name] for name in said if name not in _STATED_BY_EVENTS}
            ),
            "customer": context.customer,
            "activity": context.activity,
        }
    return Event(
        event_id=f"simulated-{location.id}"[:128],
        location_id=location.id,
        occurred_at=_BEFORE_ALL,
        location=location,
        **stated,
    )


def _named(graph: Graph, field: str) -> Sequence[str]:
    """Return the ids that nodes name in a field of their config, each once."""
    values = (node.config.get(field) for node in graph.nodes)
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str)))


def _workflow(
    ports: InMemoryPorts, location_id: str, workflow_id: str, export: WorkflowExport
) -> Workflow:
    now = ports.clock.now()
    return Workflow(
        location_id=location_id,
        id=workflow_id,
        name=export.name,
        description=export.description,
        draft=export.graph,
        enabled=True,
        created_at=now,
        updated_at=now,
    )


def _secret_hosts(graph: Graph, policy: UrlPolicy) -> Mapping[str, tuple[str, ...]]:
    """Return the secrets that a graph names, with the hosts that it sends them to."""
    hosts: dict[str, tuple[str, ...]] = {}
    for node in graph.nodes:
        names = secrets_of(node)
        try:
            url = fixed_url(str(node.config.get("url", "")), policy) if names else None
        except BlockedUrlError:
            continue  # publishing reports it
        if url is not None:
            hosts |= {name: (*hosts.get(name, ()), url.host) for name in names}
    return hosts


def _publish(ports: InMemoryPorts, workflow: Workflow) -> None:
    ports.workflows.save(workflow)
    Publisher(ports, _TARGET).publish(workflow.location_id, workflow.id, based_on=workflow.revision)


def _run_version(ports: InMemoryPorts, workflow: Workflow, version: WorkflowVersion) -> None:
    """Let events run a version as it was published, whatever became of what it names."""
    version = version.changed(machine_arn=ports.machines.ensure("simulated", "{}"))
    running = workflow.changed(published_version=version.version, latest_version=version.version)
    ports.workflows.publish(
        running, version=version, subscription=subscription_of(running, version)
    )


def _copy(
    real: LibraryStore[RecordT, Any], copy: InMemoryRecords[RecordT], location_id: str, name: str
) -> None:
    with suppress(NotFoundError):
        copy.stored[location_id, name] = real.get(location_id, name)


def _sample_template(ports: InMemoryPorts, location_id: str, name: str) -> None:
    ports.templates.stored[location_id, name] = Template(
        location_id=location_id,
        id=name,
        name=name,
        channel="both",
        subject=name,
        html=f"<p>{name}</p>",
        sms=name,
        updated_at=ports.clock.now(),
    )


def _survey(location_id: str, survey_id: str) -> Survey:
    """Return the survey that stands for the location's own."""
    question = StarQuestion(id="overall", text="How was it?")
    return Survey(location_id=location_id, id=survey_id, name=survey_id, questions=(question,))
