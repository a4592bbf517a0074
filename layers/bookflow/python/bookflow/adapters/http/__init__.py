"""Sends HTTP requests to public addresses only."""

from __future__ import annotations
