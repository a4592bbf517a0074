"""What a URL policy can say: its settings, its reasons to block, and the error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bookflow.domain.shared.errors import PermanentError


class BlockReason(StrEnum):
    """Why a URL is refused; the values are stable and may be stored or matched on."""

    TOO_LONG = "too_long"
    FORBIDDEN_CHARACTER = "forbidden_character"
    MALFORMED = "malformed"
    SCHEME = "scheme"
    USER_INFO = "user_info"
    PORT = "port"
    HOST_SPELLING = "host_spelling"
    ADDRESS_SPELLING = "address_spelling"
    INTERNAL_NAME = "internal_name"
    CLOUD_METADATA = "cloud_metadata"
    UNSPECIFIED = "unspecified"
    LOOPBACK = "loopback"
    PRIVATE_NETWORK = "private_network"
    SHARED_NETWORK = "shared_network"
    LINK_LOCAL = "link_local"
    MULTICAST = "multicast"
    DOCUMENTATION = "documentation"
    BENCHMARKING = "benchmarking"
    SPECIAL_PURPOSE = "special_purpose"
    RESERVED = "reserved"
    TUNNEL = "tunnel"
    UNRESOLVED = "unresolved"


class BlockedUrlError(PermanentError):
    """A URL, or an address that its host name leads to, is outside the policy.

    Args:
        message: What is wrong. It repeats nothing of the URL but its scheme, its port and a host
            that was read safely, because the rest may hold secrets; and it never says which
            address a name led to, because that would let a tenant map the network inside.
        reason: The stable reason code.
        field: Path of the invalid input.
        remedy: What the reader can do about it, as a sentence.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: BlockReason,
        field: str | None = "url",
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, field=field, remedy=remedy)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """The rules that differ from one installation to another.

    Attributes:
        allowed_ports: The only ports that a request may go to. An allow list, because the ports
            that must not be reached (mail, databases, remote shells) can never be listed whole,
            while web receivers use a handful.
        allowed_loopback: Pairs of host and port that may lead to this machine itself, for the
            receiver of the local stack. Such a pair is free of the rules on names and ports, and may
            lead to loopback addresses and to nothing else that is refused. Empty in production.
    """

    allowed_ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    allowed_loopback: frozenset[tuple[str, int]] = frozenset()

    def allows_loopback(self, host: str | None, port: int | None) -> bool:
        """Whether this pair of host and port is on the list for the local stack."""
        return (host, port) in self.allowed_loopback
