"""Sends HTTP requests to receivers outside, and to nowhere else."""

from __future__ import annotations
