"""The webhook steps of a graph."""

from __future__ import annotations

from pydantic import ValidationError

from bookflow.actions.webhook import Webhook, WebhookConfig
from bookflow.domain.shared.errors import InvalidInputError, NotFoundError
from bookflow.domain.shared.input_problems import problems_of
from bookflow.domain.workflows.graph import Graph, Node


def webhook_node(graph: Graph, node_id: str) -> Node:
    """Return a webhook of a graph.

    Raises:
        NotFoundError: The graph has no such step.
        InvalidInputError: It is a step of another kind.
    """
    try:
        node = graph.node(node_id)
    except KeyError:
        raise NotFoundError("The workflow has no such step.", field="node_id") from None
    if node.type != Webhook.type:
        raise InvalidInputError(
            "The step is no webhook.", field="node_id", remedy="Choose a webhook."
        )
    return node


def read_config(node: Node) -> WebhookConfig:
    """Return the configuration of a webhook.

    Raises:
        InvalidInputError: It is not complete or not valid.
    """
    try:
        return WebhookConfig.model_validate(dict(node.config))
    except ValidationError as error:
        _, _, reason, remedy = next(problems_of(error, WebhookConfig))
        raise InvalidInputError(
            f"The step is not complete: {reason}", remedy=remedy or "Complete the step."
        ) from None
