"""Secrets that webhooks use."""
