"""Bookings and the people, activity and location around them."""
