"""Bookflow: workflow automation for businesses that live on bookings."""
