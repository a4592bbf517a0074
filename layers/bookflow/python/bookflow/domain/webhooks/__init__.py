"""Requests to other systems: which addresses are allowed, secrets, signatures, deliveries."""
