"""Surveys: writing them, answering them, and their results."""
