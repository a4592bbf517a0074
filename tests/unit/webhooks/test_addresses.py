"""Properties of the judgement of addresses: what no list of examples can show."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.webhooks.url_policy import (
    BlockedUrlError,
    BlockReason,
    UrlPolicy,
    check_address,
    check_url,
)

POLICY = UrlPolicy()

INTERNAL_NETWORKS = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
internal_ipv4 = st.sampled_from(INTERNAL_NETWORKS).flatmap(
    lambda network: st.integers(
        int(IPv4Network(network).network_address), int(IPv4Network(network).broadcast_address)
    )
)


def prefixed(prefix: str) -> Callable[[int, int], int]:
    return lambda ipv4, filler: int(IPv6Address(prefix)) | ipv4


EMBEDDINGS: dict[str, Callable[[int, int], int]] = {
    "mapped": prefixed("::ffff:0:0"),
    "compatible": prefixed("::"),
    "translated": prefixed("::ffff:0:0:0"),
    "nat64": prefixed("64:ff9b::"),
    "local nat64": lambda ipv4, filler: (
        int(IPv6Address("64:ff9b:1::")) | (filler % 2**48) << 32 | ipv4
    ),
    "6to4": lambda ipv4, filler: 0x2002 << 112 | ipv4 << 80 | filler,
    "teredo server": lambda ipv4, filler: 0x2001_0000 << 96 | ipv4 << 64 | filler % 2**64,
    "teredo client": lambda ipv4, filler: (
        0x2001_0000 << 96 | (filler % 2**64) << 32 | ipv4 ^ 0xFFFF_FFFF
    ),
    "isatap": lambda ipv4, filler: 0x2A00 << 112 | (filler % 2**48) << 64 | 0x5EFE << 32 | ipv4,
    "isatap, universal": lambda ipv4, filler: (
        0x2A00 << 112 | (filler % 2**48) << 64 | 0x0200_5EFE << 32 | ipv4
    ),
}


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@given(ipv4=internal_ipv4, filler=st.integers(0, 2**80 - 1))
def test_an_internal_ipv4_is_found_in_every_embedding(
    embedding: str, ipv4: int, filler: int
) -> None:
    hidden = IPv6Address(EMBEDDINGS[embedding](ipv4, filler))
    with pytest.raises(BlockedUrlError):
        check_address(hidden, POLICY)
    with pytest.raises(BlockedUrlError):
        check_url(f"http://[{hidden}]/", POLICY)


@given(ipv4=internal_ipv4)
def test_an_internal_ipv4_is_refused_in_every_spelling_of_a_url(ipv4: int) -> None:
    a, b, c, d = IPv4Address(ipv4).packed
    for host in (
        f"{a}.{b}.{c}.{d}",
        f"{a}.{b}.{c}.{d}.",
        f"{ipv4}",
        f"{ipv4:#x}",
        f"{ipv4:#o}".replace("0o", "0"),
        f"{a}.{ipv4 & 0xFFFFFF}",
        f"{a}.{b}.{c << 8 | d}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a}.{b}.{c}.{d}".translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
        f"{a}%2e{b}%2e{c}%2e{d}",
    ):
        with pytest.raises(BlockedUrlError):
            check_url(f"http://{host}/", POLICY)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_whatever_python_holds_for_not_global_is_refused(
    address: IPv4Address | IPv6Address,
) -> None:
    try:
        reached = check_address(address, POLICY)
    except BlockedUrlError:
        return
    assert reached.is_global
    assert not reached.is_multicast


@given(ipv4=st.ip_addresses(v=4), nat64=st.booleans())
def test_mapped_and_nat64_are_judged_like_the_ipv4_inside(ipv4: IPv4Address, nat64: bool) -> None:
    prefix = "64:ff9b::" if nat64 else "::ffff:"
    assert reason_of(str(ipv4)) == reason_of(f"{prefix}{ipv4}")


def reason_of(address: str) -> BlockReason | None:
    try:
        check_address(address, POLICY)
    except BlockedUrlError as error:
        return error.reason
    return None


def test_a_mapped_address_is_connected_to_as_ipv4() -> None:
    assert check_address("::ffff:8.8.8.8", POLICY) == ip_address("8.8.8.8")


def test_the_local_run_reaches_its_own_receiver_and_nothing_else() -> None:
    local = UrlPolicy(allowed_loopback=frozenset({("127.0.0.1", 9000), ("demo.test", 9000)}))
    assert check_url("http://127.0.0.1:9000/hook", local).port == 9000
    check_address("127.0.0.1", local, host="demo.test", port=9000)
    for url in ("http://127.0.0.1:9001/", "http://127.0.0.1/", "http://localhost:9000/"):
        with pytest.raises(BlockedUrlError):
            check_url(url, local)
    for address in ("10.0.0.1", "169.254.169.254", "0.0.0.0"):  # noqa: S104 - it is refused
        with pytest.raises(BlockedUrlError):
            check_address(address, local, host="demo.test", port=9000)
    with pytest.raises(BlockedUrlError):
        check_address("127.0.0.1", local)


def test_no_loopback_is_allowed_by_default() -> None:
    assert UrlPolicy().allowed_loopback == frozenset()


def test_a_refusal_does_not_tell_where_a_name_leads() -> None:
    with pytest.raises(BlockedUrlError) as refused:
        check_address("10.11.12.13", POLICY, host="hooks.acme-tours.com", port=443)
    assert "10.11.12.13" not in str(refused.value)
    assert refused.value.reason is BlockReason.PRIVATE_NETWORK
