"""Serves the public pages: surveys and unsubscribing."""

from bookflow.bootstrap import services
from bookflow.pages.app import PublicPages

handler = PublicPages(services)
