"""Serves the built files of the dashboard."""

from pathlib import Path

from bookflow.dashboard import Dashboard

handler = Dashboard(Path(__file__).parent / "site")
