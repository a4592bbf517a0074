"""Executions: their records, what their machines get and report, how far they are."""
