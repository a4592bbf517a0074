"""Runs the update_booking nodes of workflows."""

from bookflow.actions.update_booking import UpdateBooking
from bookflow.edge.steps import step_handler

handler = step_handler(UpdateBooking)
