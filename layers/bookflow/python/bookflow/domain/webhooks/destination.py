"""Judges where a step will send a request, and the secrets with it, while it is being drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.validation.problems import Problem
from bookflow.domain.webhooks.secret_hosts import check_receiver, fixed_url, require_fixed_host
from bookflow.domain.webhooks.secrets import MISSING_REMEDY
from bookflow.domain.webhooks.url_policy import BlockedUrlError, CheckedUrl, UrlPolicy


def destination_problems(
    address: str,
    used: Sequence[tuple[str, str]],
    policy: UrlPolicy,
    secret_hosts: Callable[[], Mapping[str, tuple[str, ...]] | None],
) -> Iterator[Problem]:
    """Yield what is wrong with an address and with the secrets that are sent there.

    Args:
        address: The URL, which may hold variables; what they lead to is judged when it is sent.
        used: The secrets, each after the path of the field that names it.
        policy: Where requests may go.
        secret_hosts: The hosts of the location's secrets by name, None if they are not known.
    """
    try:
        url = fixed_url(address, policy)
    except BlockedUrlError as error:
        yield Problem(field="url", reason=error.message, remedy=error.remedy or "")
        return
    known = secret_hosts() if used else None
    for field, name in dict.fromkeys(used):
        if known is not None and name not in known:
            yield Problem(
                field=field, reason=f"The secret {name} does not exist.", remedy=MISSING_REMEDY
            )
            continue
        hosts = known[name] if known is not None else None
        try:
            _check(address, url, name, hosts, policy)
        except PermanentError as error:
            yield Problem(
                field=error.field or field, reason=error.message, remedy=error.remedy or ""
            )


def _check(
    address: str,
    url: CheckedUrl | None,
    name: str,
    hosts: tuple[str, ...] | None,
    policy: UrlPolicy,
) -> None:
    require_fixed_host(address, [name])
    if url is not None:
        # Where the location is not known, its admins may have named this host.
        check_receiver(name, (url.host,) if hosts is None else hosts, url, policy)
