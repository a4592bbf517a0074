"""Deliveries of webhooks by hand: a test of a step, one more try, and what was delivered."""
