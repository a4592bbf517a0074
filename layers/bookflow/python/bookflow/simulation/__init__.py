"""Replays events on a virtual clock through the real domain code, without AWS."""
