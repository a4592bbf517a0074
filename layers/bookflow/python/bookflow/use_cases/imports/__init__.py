"""Imports of bookings that exist already."""
