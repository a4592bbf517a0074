"""Where a secret may be sent: the hosts that admins named for it, over https only.

An editor may use a secret and never read it, so it must not be the editor who decides where it
goes: the receiver of a request reads all of its headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bookflow.domain.shared.errors import InvalidInputError, PermanentError
from bookflow.domain.webhooks.public_suffixes import has_many_owners
from bookflow.domain.webhooks.secrets import SIGNING_SECRET
from bookflow.domain.webhooks.url_policy import BlockedUrlError, CheckedUrl, UrlPolicy, check_url

MAX_HOSTS = 20
"""Hosts of one secret; a system that needs more has a domain of its own: `*.example.com`."""

MAX_HOSTS_CHARACTERS = 600
"""Characters of all hosts together: they share a parameter of 4 KB with two values."""

_ANY_BELOW = "*."

_START = re.compile(r"\s*(https?://[^/?#{\\\s]+)(?=[/?#]|\s*\Z)", re.IGNORECASE)
_VARIABLE = re.compile(r"\{[{%#]")


def check_hosts(hosts: Sequence[str], policy: UrlPolicy) -> tuple[str, ...]:
    """Return the hosts in their normal spelling, each once.

    A host is a name such as `api.example.com`, or `*.example.com` for all names below
    `example.com`, which does not stand for `example.com` itself.

    Args:
        hosts: What an admin wrote.
        policy: Where webhooks may go at all; the local stack's receiver may be named as well.

    Raises:
        InvalidInputError: One of them cannot be the host of a secret; `field` is `hosts.<place>`.
    """
    if len(hosts) > MAX_HOSTS or sum(map(len, hosts)) > MAX_HOSTS_CHARACTERS:
        raise InvalidInputError(
            f"has more than {MAX_HOSTS} hosts or {MAX_HOSTS_CHARACTERS} characters",
            field="hosts",
            remedy="Name a domain with all hosts below it, such as *.example.com.",
        )
    return tuple(
        dict.fromkeys(
            _checked(host, policy, field=f"hosts.{place}") for place, host in enumerate(hosts)
        )
    )


def check_receiver(name: str, hosts: Sequence[str], url: CheckedUrl, policy: UrlPolicy) -> None:
    """Check that a secret may be sent to a URL.

    Args:
        name: The secret.
        hosts: The hosts that admins named for it.
        url: Where the request goes, in the very form in which the sender reads it.
        policy: Names the local stack's receiver, which has no https.

    Raises:
        PermanentError: It may not.
    """
    if name == SIGNING_SECRET:
        raise PermanentError(
            f"The secret {name} signs webhooks and is never sent.",
            remedy="Choose another secret.",
        )
    if url.scheme != "https" and not policy.allows_loopback(url.host, url.port):
        raise PermanentError(
            f"The secret {name} is sent over https only.",
            remedy="Begin the address with https://.",
        )
    if not hosts:
        raise PermanentError(
            f"The secret {name} has no hosts yet, so it is not sent.",
            remedy=f"Ask an admin to add {url.host} to the hosts of the secret (Settings, Webhook "
            "secrets).",
        )
    if not _covers(hosts, url.host):
        raise PermanentError(
            f"The secret {name} may not be sent to {url.host}.",
            remedy="Correct the address, or ask an admin to add this host to the secret (Settings, "
            "Webhook secrets).",
        )


def fixed_url(address: str, policy: UrlPolicy) -> CheckedUrl | None:
    """Judge what an address with variables shows: the URL up to its first variable.

    Returns:
        None if the host is not written out.

    Raises:
        BlockedUrlError: No request may go there.
    """
    if not _VARIABLE.search(address):
        return check_url(address.strip(), policy)
    start = _START.match(address)
    return check_url(f"{start[1]}/", policy) if start else None


def require_fixed_host(address: str, names: Iterable[str]) -> None:
    """Check that an address with variables has its host written out, if secrets are sent there.

    Raises:
        PermanentError: A variable may change the host.
    """
    name = next(iter(names), None)
    if name is not None and not _START.match(address):
        raise PermanentError(
            f"The host of the address comes from a variable, so the secret {name} is not sent.",
            field="url",
            remedy="Write the host out, as in https://crm.example.com/{{ booking.id }}.",
        )


def _covers(hosts: Iterable[str], host: str) -> bool:
    return any(
        host.endswith(each.removeprefix("*")) if each.startswith(_ANY_BELOW) else host == each
        for each in hosts
    )


def _checked(written: str, policy: UrlPolicy, *, field: str) -> str:
    host = written.strip().lower()
    if any(host == name for name, _ in policy.allowed_loopback):
        return host
    below = host.removeprefix(_ANY_BELOW)
    reason, remedy = _spelling_problem(below)
    if reason:
        raise InvalidInputError(reason, field=field, remedy=remedy)
    try:
        read = check_url(f"https://{below}/", policy)
    except BlockedUrlError as error:
        raise InvalidInputError(error.message, field=field, remedy=error.remedy) from None
    if read.address is not None:
        raise InvalidInputError(*_IS_ADDRESS[:1], field=field, remedy=_IS_ADDRESS[1])
    if below != host and has_many_owners(below):
        raise InvalidInputError(
            f"{host} stands for hosts of many owners.",
            field=field,
            remedy="Name your system's own domain, such as *.example.com.",
        )
    return host


_IS_ADDRESS = (
    "An IP address cannot be the host of a secret.",
    "Name the host: its certificate proves who receives the secret.",
)


def _spelling_problem(host: str) -> tuple[str, str]:
    """Return what is wrong with a host's spelling and what to do, or two empty texts."""
    if not host:
        return "The host is empty.", "Write a host, such as api.example.com."
    if re.search(r"\s", host):
        return "The host has a blank or a line break.", "Write each host alone."
    if "@" in host:
        return "A host has no user name or password.", "Leave out everything up to the @."
    if "://" in host or re.search(r"[/?#\\]", host):
        return "This is a whole address.", "Write the host alone, such as api.example.com."
    if "*" in host:
        return (
            "A star stands for all hosts below a domain, and only at the start.",
            "Write *.example.com, or each host alone.",
        )
    if "[" in host or host.count(":") > 1:
        return _IS_ADDRESS
    if ":" in host:
        return (
            "A host is named without a port.",
            "Leave out the colon and what follows it: the secret may go to every port that "
            "webhooks may use.",
        )
    if not host.isascii():
        return "The host has letters outside a to z.", f"Write it as {_in_ascii(host)}."
    if host.endswith("."):
        return "The host ends with a dot.", "Leave out the dot."
    return "", ""


def _in_ascii(host: str) -> str:
    import idna  # its tables take 25 ms to load, and few hosts need them

    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return "its provider writes it in ASCII, beginning with xn--"
