"""Workflows as resources: drafts, versions, copies, simulation, and what they can be made of."""
