"""Workflows as resources: drafts, versions, copies, simulation, gallery and catalogue."""
