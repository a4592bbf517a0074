"""Serves the public pages: surveys and unsubscribing."""

from bookflow.bootstrap import services
from bookflow.edge.http_paths import under_base_path
from bookflow.pages.app import PublicPages

handler = under_base_path(PublicPages(services), lambda: services().public_base_url)
