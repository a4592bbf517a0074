"""Runs the add_booking_note nodes of workflows."""

from bookflow.actions.add_booking_note import AddBookingNote
from bookflow.edge.steps import step_handler

handler = step_handler(AddBookingNote)
