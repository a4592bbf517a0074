"""Bookings that exist already, brought in from a file: rows, the event of each, and the import."""
