"""Runs the webhook nodes of workflows."""

from bookflow.actions.webhook import Webhook
from bookflow.edge.steps import step_handler

handler = step_handler(Webhook)
