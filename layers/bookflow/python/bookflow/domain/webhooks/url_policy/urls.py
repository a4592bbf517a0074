"""Reads a URL strictly and refuses every spelling that two readers could take differently.

A lenient reader is the classic hole: the guard reads one host and the client connects to another.
So there is one reader here, the sender uses its parts and never reads the text again, and what a
browser would silently repair (backslashes, tabs, odd numbers as addresses) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from bookflow.domain.webhooks.url_policy.addresses import Address, check_address
from bookflow.domain.webhooks.url_policy.policy import BlockedUrlError, BlockReason, UrlPolicy

MAX_URL_LENGTH = 8192
"""Characters; common servers refuse longer request lines."""

_DEFAULT_PORTS = {"http": 80, "https": 443}

_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<authority>[^/?#]*)"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:\#.*)?",
    re.DOTALL,
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[^:]*))?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_PORT = re.compile(r"[0-9]{1,5}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?")
_IPV4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

# What RFC 3986 allows in a path and a query, and the percent sign of what is already encoded.
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"
_QUERY_SAFE = _PATH_SAFE + "?"

_INTERNAL_SUFFIXES = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "ipv4only.arpa",
    "cluster.local",
    "test",
    "invalid",
    "example",
    "onion",
    "alt",
)
_METADATA_NAMES = (
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.internal",
    "instance-data.ec2.internal",
    "metadata.packet.net",
    "metadata.platformequinix.com",
    "metadata.tencentyun.com",
)


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """A URL that keeps the policy as far as its text shows; its host's addresses are not yet known.

    Attributes:
        scheme: `http` or `https`.
        host: Lower-case ASCII name without a trailing dot, or an address without brackets.
        port: The port, written or implied.
        target: Path and query as they go on the wire, in ASCII; the fragment is dropped.
        address: The address to connect to when the host is one, else None.
    """

    scheme: str
    host: str
    port: int
    target: str
    address: Address | None = None

    @property
    def authority(self) -> str:
        """The value of the `Host` header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL in its one normal spelling."""
        return f"{self.scheme}://{self.authority}{self.target}"


def check_url(url: str, policy: UrlPolicy) -> CheckedUrl:
    """Read a URL and judge all that its text shows: scheme, host, port, and an address as host.

    Host names are folded to lower case, mapped to ASCII (IDNA with UTS 46), and freed of one
    trailing dot. Letters outside ASCII in path and query are percent-encoded as UTF-8.

    Raises:
        BlockedUrlError: With the first rule that the URL breaks.
    """
    _check_characters(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise _unreadable(url)
    scheme = match["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise _wrong_scheme()
    written_host, port = _split_authority(match["authority"], scheme)
    address, host = _read_host(written_host)
    loopback_allowed = policy.allows_loopback(host, port)
    if address is not None:
        address = check_address(address, policy, host=host, port=port)
    elif not loopback_allowed:
        _check_name(host)
    if port not in policy.allowed_ports and not loopback_allowed:
        allowed = ", ".join(str(each) for each in sorted(policy.allowed_ports))
        raise BlockedUrlError(
            f"Port {port} is not one that requests may go to.",
            reason=BlockReason.PORT,
            remedy=f"Use one of these ports: {allowed}.",
        )
    return CheckedUrl(scheme, host, port, _target(match["path"], match["query"]), address)


def _check_characters(url: str) -> None:
    if len(url) > MAX_URL_LENGTH:
        raise BlockedUrlError(
            f"The URL has {len(url)} characters.",
            reason=BlockReason.TOO_LONG,
            remedy=f"Keep it to {MAX_URL_LENGTH}; send larger data in the body.",
        )
    for position, character in enumerate(url):
        if character == "\\" or not character.isprintable() or character.isspace():
            raise BlockedUrlError(
                f"The character U+{ord(character):04X} at position {position + 1} is not allowed "
                "in a URL.",
                reason=BlockReason.FORBIDDEN_CHARACTER,
                remedy="Write %20 for a space, / for a backslash, and no invisible characters.",
            )


def _unreadable(url: str) -> BlockedUrlError:
    scheme = _SCHEME.match(url)
    if scheme and scheme[0].lower() not in ("http:", "https:"):
        return _wrong_scheme()
    return _malformed()


def _malformed() -> BlockedUrlError:
    return BlockedUrlError(
        "This is not a complete URL.",
        reason=BlockReason.MALFORMED,
        remedy="Write it like https://hooks.your-company.com/path.",
    )


def _wrong_scheme() -> BlockedUrlError:
    return BlockedUrlError(
        "The URL's scheme is neither http nor https.",
        reason=BlockReason.SCHEME,
        remedy="Start the URL with https://.",
    )


def _split_authority(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise BlockedUrlError(
            "The URL holds a user name or a password before its host.",
            reason=BlockReason.USER_INFO,
            remedy="Take it out, and send it as an Authorization header.",
        )
    match = _AUTHORITY.fullmatch(authority)
    if match is None or not match["host"]:
        raise _malformed()
    if match["port"] is None:
        return match["host"], _DEFAULT_PORTS[scheme]
    if not _PORT.fullmatch(match["port"]) or not 1 <= int(match["port"]) <= 65535:
        raise BlockedUrlError(
            "The port is not a number from 1 to 65535.",
            reason=BlockReason.PORT,
            remedy="Leave the port out, or write it in plain digits.",
        )
    return match["host"], int(match["port"])


def _read_host(written: str) -> tuple[Address | None, str]:
    """Return the address, if the host is one, and the host in its normal spelling."""
    if written.startswith("["):
        try:
            ipv6 = IPv6Address(written[1:-1])
        except ValueError:
            raise _odd_address() from None
        if ipv6.scope_id is not None:
            raise _odd_address()
        return ipv6, ipv6.compressed
    name = _ascii_name(written)
    if not _NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]):
        return None, name
    # A last label that is a number makes resolvers read the whole as an address, in octal,
    # hexadecimal or with parts left out (URL standard, "ends in a number checker").
    if not _IPV4.fullmatch(name) or not written.isascii():
        raise _odd_address()
    try:
        return IPv4Address(name), name
    except ValueError:
        raise _odd_address() from None


def _ascii_name(written: str) -> str:
    name = written.lower()
    if not name.isascii() or "xn--" in name:
        name = _idna(name)
    name = name.removesuffix(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise _odd_host()
    return name


def _idna(name: str) -> str:
    import idna  # its tables take 25 ms to load, and few hosts need them

    try:
        return idna.encode(name, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise _odd_host() from None


def _odd_host() -> BlockedUrlError:
    return BlockedUrlError(
        "The host is not a valid name.",
        reason=BlockReason.HOST_SPELLING,
        remedy="Use letters, digits, hyphens and single dots.",
    )


def _odd_address() -> BlockedUrlError:
    return BlockedUrlError(
        "The host is an address in an unusual spelling.",
        reason=BlockReason.ADDRESS_SPELLING,
        remedy="Use a host name, or a plain public address such as 93.184.215.14.",
    )


def _check_name(name: str) -> None:
    if name in _METADATA_NAMES:
        raise _internal(name, BlockReason.CLOUD_METADATA)
    is_single_label = "." not in name
    if is_single_label or any(
        name == suffix or name.endswith(f".{suffix}") for suffix in _INTERNAL_SUFFIXES
    ):
        raise _internal(name, BlockReason.INTERNAL_NAME)


def _internal(name: str, reason: BlockReason) -> BlockedUrlError:
    return BlockedUrlError(
        f"The host {name} is a name for use inside a network.",
        reason=reason,
        remedy="Use a host that is public on the internet.",
    )


def _target(path: str, query: str | None) -> str:
    if _BAD_PERCENT.search(path) or _BAD_PERCENT.search(query or ""):
        raise BlockedUrlError(
            "A percent sign in the URL is not followed by two hexadecimal digits.",
            reason=BlockReason.MALFORMED,
            remedy="Write %25 for a percent sign.",
        )
    target = quote(path or "/", safe=_PATH_SAFE)
    return target if query is None else f"{target}?{quote(query, safe=_QUERY_SAFE)}"
