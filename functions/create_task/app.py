"""Runs the create_task nodes of workflows."""

from bookflow.actions.create_task import CreateTask
from bookflow.edge.steps import step_handler

handler = step_handler(CreateTask)
