"""Shows operators the dashboard: built files, and no more."""

from pathlib import Path

from bookflow.dashboard import Dashboard

handler = Dashboard(Path(__file__).parent / "site")
