"""Judges where a checked URL leads once its name is resolved: one question, every answer judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bookflow.domain.webhooks.url_policy.addresses import Address, check_addresses
from bookflow.domain.webhooks.url_policy.policy import BlockedUrlError, BlockReason, UrlPolicy
from bookflow.domain.webhooks.url_policy.urls import CheckedUrl, check_url

Resolver = Callable[[str, int], Iterable[str]]
"""Takes a host name and a port, gives the addresses as text, best first.

Raises OSError if the name has no address.
"""


@dataclass(frozen=True, slots=True)
class UrlVerdict:
    """Whether a URL may be called, and why not.

    Attributes:
        allowed: True if a request may be sent.
        reason_code: A `BlockReason` value, or `allowed`.
        message: The same in plain words, with what to do.
        addresses: What the host led to, allowed or not; empty if it was never resolved. For the
            person at the command line only: a tenant must not see where internal names lead.
    """

    allowed: bool
    reason_code: str
    message: str
    addresses: tuple[str, ...] = ()


def check_destination(
    url: CheckedUrl, policy: UrlPolicy, resolver: Resolver
) -> tuple[Address, ...]:
    """Ask the resolver once, and return the addresses to connect to, best first.

    The caller connects to these very addresses and never to the name: a name that answers
    differently the next time (DNS rebinding) gains nothing.

    Raises:
        BlockedUrlError: An answer is not a public address.
        OSError: The name has no address.
    """
    if url.address is not None:
        return (url.address,)
    answers = tuple(resolver(url.host, url.port))
    if not answers:
        raise OSError("the name has no address")
    return check_addresses(answers, policy, host=url.host, port=url.port)


def explain(url: str, policy: UrlPolicy, resolver: Resolver) -> UrlVerdict:
    """Say whether a URL may be called now, and why; nothing is sent to it."""
    seen: list[str] = []

    def remember(host: str, port: int) -> Iterable[str]:
        seen.extend(resolver(host, port))
        return seen

    try:
        checked = check_url(url, policy)
        seen.extend([str(checked.address)] if checked.address else [])
        check_destination(checked, policy, remember)
    except BlockedUrlError as error:
        return UrlVerdict(False, error.reason.value, str(error), tuple(seen))
    except OSError:
        return UrlVerdict(
            False,
            BlockReason.UNRESOLVED.value,
            f"The host {checked.host} cannot be resolved to an address. "
            "Check its spelling, and that its DNS record exists.",
        )
    message = f"Requests to {checked.scheme}://{checked.authority} are allowed."
    return UrlVerdict(True, "allowed", message, tuple(seen))
