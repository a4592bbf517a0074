"""What an action is: a name, a typed configuration, a plan made without effects, and the effect."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from bookflow.domain.executions.execution import ReasonCode

if TYPE_CHECKING:
    from bookflow.domain.catalogue.step_scope import Scope
    from bookflow.domain.catalogue.variables import Variable
    from bookflow.domain.templates import Template
    from bookflow.domain.validation.problems import Problem
    from bookflow.domain.webhooks.deliveries import Delivery
    from bookflow.domain.webhooks.url_policy import UrlPolicy
    from bookflow.ports import Once, Ports


class ActionConfig(BaseModel):
    """Base of the actions' configurations; the editor's form is made from its JSON schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


@dataclass(frozen=True)
class TextField:
    """A text of a configuration that may hold variables.

    Attributes:
        field: Path inside the configuration, such as `headers.X-Booking`.
        mode: How values are escaped in it (a mode of `bookflow.domain.rendering`, or `json`).
    """

    field: str
    source: str
    mode: Literal["text", "html", "header", "sms", "url", "form", "json"] = "text"


@dataclass(frozen=True)
class Surroundings:
    """What an action's configuration is checked against, besides its model.

    Attributes:
        url_policy: Where requests may go.
        secret_hosts: Returns the hosts of the location's secrets by name, None where the location
            is not known: for a file on an engineer's machine.
    """

    url_policy: UrlPolicy
    secret_hosts: Callable[[], Mapping[str, tuple[str, ...]] | None]


ConfigModel = type[ActionConfig]


class StepSkipped(Exception):  # noqa: N818 - not an error: the step ends well without its effect
    """Raised while planning: the step has nothing to do, for this reason."""

    def __init__(self, reason: ReasonCode, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


ConfigT = TypeVar("ConfigT", bound=ActionConfig)
PlanT = TypeVar("PlanT")


def example_output(outputs: Iterable[Variable]) -> Mapping[str, Any]:
    """Return a step's output that is made of the examples of what it supplies."""
    return {each.path.removeprefix("output."): each.example for each in outputs}


class Action(ABC, Generic[ConfigT, PlanT]):
    """One type of action node.

    Planning reads and renders everything and changes nothing, so it also serves previews;
    performing has the effect. Whatever must not happen twice runs inside `once`.

    Attributes:
        type: Name of the node type and of the Lambda function that runs it.
        title: Name that operators see.
        description: One sentence for operators.
        icon: Name of the picture that the editor shows; for one it does not know, a plain one.
        summary: A configuration in a few words. `{url}` stands for that field's value, and
            `{custom_recipient|recipient_type}` for the first one that has a value. A part that
            has none leaves nothing to say.
        config_model: Model of the node's configuration.
        outputs: What later steps read of a step that completed: `steps.<node id>.output.…`. Paths
            begin with `output.`.
        supplies: Variables that the action adds to the trigger's, for its template alone.
        asks_for_waits: Whether its transient errors may carry a `retry_after` that machines respect;
            without it the node's own retry policy decides.
        reads_secrets: Whether it needs the location's secrets.
        writes_status: Whether its output states, as `new_status`, what it made the booking's status.
    """

    type: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    config_model: ClassVar[ConfigModel]
    outputs: ClassVar[tuple[Variable, ...]] = ()
    supplies: ClassVar[tuple[Variable, ...]] = ()
    asks_for_waits: ClassVar[bool] = False
    reads_secrets: ClassVar[bool] = False
    writes_status: ClassVar[bool] = False

    def __init__(self, ports: Ports) -> None:
        self.ports = ports

    @abstractmethod
    def plan(self, config: ConfigT, scope: Scope) -> PlanT:
        """Return what would be done.

        Raises:
            StepSkipped: There is nothing to do.
            PermanentError: The configuration cannot work for this booking.
        """

    @abstractmethod
    def perform(self, plan: PlanT, once: Once) -> Mapping[str, Any]:
        """Do it and return the step's output, JSON values only."""

    def planned_output(self, plan: PlanT) -> Mapping[str, Any]:
        """Return what the step's output could be, for dry runs: the examples of `outputs`."""
        return example_output(self.outputs)

    def check(self, plan: PlanT) -> None:
        """Raise what performing would raise before it has any effect; for previews.

        Raises:
            PermanentError: The plan cannot be performed as things stand.
        """
        return

    def take_deliveries(self) -> Sequence[Delivery]:
        """Return what the action sent to other systems since it was asked last, for the record."""
        return ()

    def began(self, scope: Scope) -> bool:
        """Return whether an earlier try of this step had its effect already.

        A step that began is finished, even if the booking has changed since so that the step
        would not begin any more.
        """
        return False

    @classmethod
    def texts(cls, config: ConfigT) -> Iterable[TextField]:
        """Return the configured texts that may hold variables."""
        return ()

    @classmethod
    def problems(cls, config: ConfigT, surroundings: Surroundings) -> Iterable[Problem]:
        """Return what is wrong with a configuration that its model accepts.

        A problem's `field` is a path inside the configuration; it names no node.
        """
        return ()

    @classmethod
    def supplies_to(cls, template: Template) -> Iterable[Variable]:
        """Return the variables that the action adds for one template."""
        return cls.supplies

    @classmethod
    def causes(cls, config: ConfigT) -> frozenset[str]:
        """Return the event types that the action may cause."""
        return frozenset()

    @classmethod
    def writes_to_guest(cls, config: ConfigT) -> bool:
        """Whether the customer, or another guest of the booking, gets a message by it."""
        return False

    @classmethod
    def masked(cls, config: ConfigT) -> Mapping[str, Any]:
        """Return the configuration as it may be shown in a step: no secrets."""
        return config.model_dump(mode="json")
