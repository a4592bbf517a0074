"""Runs the webhook nodes of workflows, and sends what a person orders by hand."""

from bookflow.actions.webhook import Webhook
from bookflow.edge.steps import order_handler, step_handler

handler = order_handler(step_handler(Webhook))
