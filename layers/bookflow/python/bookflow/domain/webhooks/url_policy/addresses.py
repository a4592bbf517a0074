"""Judges one network address: public, or one of the many kinds that must not be reached.

The ranges are written out, not asked of `ipaddress.is_global`, which differs between Python
versions and passes NAT64, 6to4, multicast and the metadata address of Azure.

Sources: the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates), the
IANA IPv6 address space (only 2000::/3 is global unicast), RFC 4291 (mapped, compatible), RFC 2765
(translated), RFC 6052 and RFC 8215 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP),
and the clouds' own documents for their metadata services.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

from bookflow.domain.webhooks.url_policy.policy import BlockedUrlError, BlockReason, UrlPolicy

Address = IPv4Address | IPv6Address

_METADATA_ADDRESSES: frozenset[Address] = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google Cloud, Oracle, DigitalOcean and others
        "169.254.169.123",  # AWS time service
        "169.254.169.253",  # AWS name server
        "169.254.170.2",  # AWS ECS task credentials
        "169.254.170.23",  # AWS EKS pod identity
        "169.254.42.42",  # Scaleway
        "169.254.0.23",  # Tencent Cloud
        "168.63.129.16",  # Azure wire server, a public-looking address
        "100.100.100.200",  # Alibaba Cloud
        "192.0.0.192",  # Oracle Cloud, classic
        "fd00:ec2::254",  # AWS metadata
        "fd00:ec2::253",  # AWS name server
        "fd00:ec2::123",  # AWS time service
        "fd00:ec2::23",  # AWS EKS pod identity
        "fd20:ce::254",  # Google Cloud
        "fd00:42::42",  # Scaleway
    )
)

_IPV4_RANGES: tuple[tuple[IPv4Network, BlockReason], ...] = tuple(
    (IPv4Network(text), reason)
    for text, reason in (
        ("0.0.0.0/32", BlockReason.UNSPECIFIED),
        ("0.0.0.0/8", BlockReason.SPECIAL_PURPOSE),
        ("10.0.0.0/8", BlockReason.PRIVATE_NETWORK),
        ("100.64.0.0/10", BlockReason.SHARED_NETWORK),
        ("127.0.0.0/8", BlockReason.LOOPBACK),
        ("169.254.0.0/16", BlockReason.LINK_LOCAL),
        ("172.16.0.0/12", BlockReason.PRIVATE_NETWORK),
        ("192.0.0.0/24", BlockReason.SPECIAL_PURPOSE),
        ("192.0.2.0/24", BlockReason.DOCUMENTATION),
        ("192.31.196.0/24", BlockReason.SPECIAL_PURPOSE),
        ("192.52.193.0/24", BlockReason.SPECIAL_PURPOSE),
        ("192.88.99.0/24", BlockReason.TUNNEL),
        ("192.168.0.0/16", BlockReason.PRIVATE_NETWORK),
        ("192.175.48.0/24", BlockReason.SPECIAL_PURPOSE),
        ("198.18.0.0/15", BlockReason.BENCHMARKING),
        ("198.51.100.0/24", BlockReason.DOCUMENTATION),
        ("203.0.113.0/24", BlockReason.DOCUMENTATION),
        ("224.0.0.0/4", BlockReason.MULTICAST),
        ("240.0.0.0/4", BlockReason.RESERVED),  # holds the broadcast address too
    )
)

_IPV6_RANGES: tuple[tuple[IPv6Network, BlockReason], ...] = tuple(
    (IPv6Network(text), reason)
    for text, reason in (
        ("::/128", BlockReason.UNSPECIFIED),
        ("::1/128", BlockReason.LOOPBACK),
        ("::/96", BlockReason.TUNNEL),  # IPv4-compatible
        ("::ffff:0:0:0/96", BlockReason.TUNNEL),  # IPv4-translated
        ("64:ff9b:1::/48", BlockReason.TUNNEL),  # NAT64 of one's own network
        ("100::/64", BlockReason.SPECIAL_PURPOSE),  # discard
        ("100:0:0:1::/64", BlockReason.SPECIAL_PURPOSE),  # dummy prefix
        ("2001::/32", BlockReason.TUNNEL),  # Teredo
        ("2001:2::/48", BlockReason.BENCHMARKING),
        ("2001:10::/28", BlockReason.SPECIAL_PURPOSE),  # ORCHID
        ("2001:20::/28", BlockReason.SPECIAL_PURPOSE),  # ORCHID, version 2
        ("2001::/23", BlockReason.SPECIAL_PURPOSE),  # all else of the IETF's protocol assignments
        ("2001:db8::/32", BlockReason.DOCUMENTATION),
        ("2002::/16", BlockReason.TUNNEL),  # 6to4
        ("2620:4f:8000::/48", BlockReason.SPECIAL_PURPOSE),  # AS112
        ("3ffe::/16", BlockReason.RESERVED),  # 6bone, returned
        ("3fff::/20", BlockReason.DOCUMENTATION),
        ("5f00::/16", BlockReason.SPECIAL_PURPOSE),  # segment routing
        ("fc00::/7", BlockReason.PRIVATE_NETWORK),
        ("fe80::/10", BlockReason.LINK_LOCAL),
        ("fec0::/10", BlockReason.PRIVATE_NETWORK),  # site-local, deprecated
        ("ff00::/8", BlockReason.MULTICAST),
    )
)

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP_INTERFACE_PREFIXES = frozenset({0x0000_5EFE, 0x0200_5EFE})

_WORDS: dict[BlockReason, str] = {
    BlockReason.CLOUD_METADATA: "the metadata service of a cloud",
    BlockReason.UNSPECIFIED: "the unspecified address, which means this machine",
    BlockReason.LOOPBACK: "this machine itself (a loopback address)",
    BlockReason.PRIVATE_NETWORK: "a private network",
    BlockReason.SHARED_NETWORK: "a carrier's or a cloud's shared internal network",
    BlockReason.LINK_LOCAL: "the local link",
    BlockReason.MULTICAST: "a multicast group",
    BlockReason.DOCUMENTATION: "a range kept for documentation",
    BlockReason.BENCHMARKING: "a range kept for benchmarks",
    BlockReason.SPECIAL_PURPOSE: "a range kept for a special purpose",
    BlockReason.RESERVED: "a reserved range",
    BlockReason.TUNNEL: "a tunnel, in which a second address can hide",
    BlockReason.ADDRESS_SPELLING: "something that is not a plain address",
}


def check_address(
    address: str | Address,
    policy: UrlPolicy,
    *,
    host: str | None = None,
    port: int | None = None,
) -> Address:
    """Return the address to connect to, if a request may go there.

    IPv4 inside a mapped or NAT64 address is taken out and judged: a resolver with DNS64 answers
    so for every receiver that has IPv4 only. All other embeddings (compatible, translated, 6to4,
    Teredo, ISATAP) are refused whole, since no receiver of today is reached by them.

    Args:
        address: An address, or its text as a resolver gives it.
        policy: The rules.
        host: The host of the URL that led here, for `policy.allowed_loopback` and the message.
        port: The port of the URL that led here, for `policy.allowed_loopback`.

    Raises:
        BlockedUrlError: The address is not a public one.
    """
    try:
        parsed = ip_address(address) if isinstance(address, str) else address
    except ValueError:
        raise _blocked(BlockReason.ADDRESS_SPELLING, host) from None
    reason = _block_reason(parsed)
    if reason is BlockReason.LOOPBACK and policy.allows_loopback(host, port):
        reason = None
    if reason is not None:
        raise _blocked(reason, host)
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def check_addresses(
    addresses: Iterable[str], policy: UrlPolicy, *, host: str, port: int
) -> tuple[Address, ...]:
    """Return all addresses in their order, if every single one is allowed.

    One bad answer condemns the name: a name with a public and an internal address is either a
    mistake or an attempt to get one of several tries inside.

    Raises:
        BlockedUrlError: At least one address is not a public one.
    """
    return tuple(check_address(each, policy, host=host, port=port) for each in addresses)


def _block_reason(address: Address) -> BlockReason | None:
    if address in _METADATA_ADDRESSES:
        return BlockReason.CLOUD_METADATA
    if isinstance(address, IPv4Address):
        return next((reason for network, reason in _IPV4_RANGES if address in network), None)
    return _block_reason_of_ipv6(address)


def _block_reason_of_ipv6(address: IPv6Address) -> BlockReason | None:
    if address.scope_id is not None:
        return BlockReason.LINK_LOCAL
    embedded = address.ipv4_mapped
    if embedded is None and address in _NAT64:
        embedded = IPv4Address(int(address) & 0xFFFF_FFFF)
    if embedded is not None:
        return _block_reason(embedded)
    for network, reason in _IPV6_RANGES:
        if address in network:
            return reason
    if address not in _GLOBAL_UNICAST:
        return BlockReason.RESERVED
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_INTERFACE_PREFIXES:
        return BlockReason.TUNNEL
    return None


def _blocked(reason: BlockReason, host: str | None) -> BlockedUrlError:
    subject = f"The host {host} leads to" if host else "The address is in"
    return BlockedUrlError(
        f"{subject} {_WORDS[reason]}, where no request may go.",
        reason=reason,
        remedy="Use an address that is public on the internet.",
    )
