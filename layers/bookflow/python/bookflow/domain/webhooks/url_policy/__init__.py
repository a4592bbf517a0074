"""Decides which URLs Bookflow may send a request to, so that a workflow never reaches inside."""

from __future__ import annotations

from bookflow.domain.webhooks.url_policy.addresses import check_address
from bookflow.domain.webhooks.url_policy.policy import BlockedUrlError, BlockReason, UrlPolicy
from bookflow.domain.webhooks.url_policy.resolution import (
    Resolver,
    UrlVerdict,
    check_destination,
    explain,
)
from bookflow.domain.webhooks.url_policy.urls import CheckedUrl, check_url
