"""Which reminder a booking gets, and how its record changes from one plan to the next.

A reminder belongs to a workflow, a booking and an anchor: the booking's start, or its end for a
follow-up. For one anchor it is sent at most once, so its event's id is made of these alone: two
firings are one event, and a booking that moved has a new one.
"""
