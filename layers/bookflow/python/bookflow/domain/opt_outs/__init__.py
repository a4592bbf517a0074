"""Whom a location is not to write to, and the links by which readers say so themselves.

What a message needs to offer such a link belongs in `messages`.
"""
