"""Booking records, their timeline, and the settings of a location."""
