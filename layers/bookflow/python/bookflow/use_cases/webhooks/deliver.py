"""Carries out an order in the function that sends webhooks, or hands one over to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookflow.actions.webhook import Webhook
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.webhooks.deliveries import Delivery
from bookflow.domain.webhooks.orders import (
    DeliveryOrder,
    SendTestOrder,
    read_order,
    read_report,
    report_of,
)
from bookflow.ports import Ports
from bookflow.use_cases.webhooks.resend import resend
from bookflow.use_cases.webhooks.send_test import send_test


def carry_out(ports: Ports, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send what an order asks for; report the delivery, or why there is none."""
    order = read_order(payload)
    try:
        if isinstance(order, SendTestOrder):
            return report_of(send_test(ports, order))
        return report_of(resend(ports, order))
    except BookflowError as error:
        return report_of(error)


def hand_over(ports: Ports, order: DeliveryOrder) -> Delivery:
    """Have the function that sends webhooks carry out an order: it alone reads their secrets.

    Raises:
        NotFoundError, ConflictError, InvalidInputError: The order cannot be carried out.
        TransientError: The function is busy or does not answer.
    """
    return read_report(ports.functions.invoke(Webhook.type, order.model_dump(mode="json")))
