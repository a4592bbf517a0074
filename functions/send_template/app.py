"""Runs the send_template nodes of workflows."""

from bookflow.actions.send_template import SendTemplate
from bookflow.edge.steps import step_handler

handler = step_handler(SendTemplate)
