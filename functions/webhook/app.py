"""Runs the webhook nodes of workflows."""

from bookflow.actions.webhook import Webhook
from bookflow.edge import step_handler

handler = step_handler(Webhook)
