"""Secrets of a location: what webhooks sign with, and what stands in their headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

SIGNING_SECRET = "webhook-signing"  # noqa: S105 - its name
"""Name of the secret that webhooks are signed with, by Standard Webhooks."""

MASK = "***"
"""What is shown in the place of a secret."""

MAX_SECRET_CHARACTERS = 1500
"""Two of them and their date fit into one parameter of SSM's standard tier (4 KB)."""

MISSING_REMEDY = "Ask an admin to add it (Settings, Webhook secrets), or correct its name here."

NAME = r"[a-z][a-z0-9_-]{0,63}"
"""How secrets are named: small letters, digits, `_` and `-`."""

_TELLING = re.compile(
    r"auth(?!or(?!i))|pass(?!enger)|token|secret|key|cookie|signature|credential|session|bearer"
    r"|pwd|jwt|dsn",
    re.IGNORECASE,
)
_REFERENCE = re.compile(rf"\{{\{{\s*secret\.({NAME})\s*\}}\}}")
_SHORTEST = 6
_CHARACTER = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))|.', re.DOTALL)
_PART_OF_A_CHARACTER = re.compile(r"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-fA-F]{0,3})?\Z|\ufffd+\Z")
_SHORT_ESCAPES = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_OPENING = re.compile(r"\{[{%]")
_USE = re.compile(r"(?<![.\w])secret\s*[.\[]")


@dataclass(frozen=True)
class Secret:
    """A secret's value, and the one before it while receivers still may know only that.

    Attributes:
        previous_until: Until when the previous value counts.
        hosts: Where it may be sent, see `secret_hosts`; without any it is not sent.
    """

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None
    hosts: tuple[str, ...] = ()

    def values(self, now: datetime) -> tuple[str, ...]:
        """Return the values that count: the current one first."""
        if self.previous is None or self.previous_until is None or now >= self.previous_until:
            return (self.current,)
        return (self.current, self.previous)


@dataclass(frozen=True)
class SecretInfo:
    """What may be shown of a secret.

    Attributes:
        revision: Counts its changes, from 1; its ETag, which a change sends in If-Match.
        previous_until: Until when webhooks are also signed with the value before; null if they
            are not.
        hosts: Hosts that webhooks may send it to, over https only; while there is none, it is not
            sent.
    """

    name: str
    updated_at: datetime
    revision: int
    previous_until: datetime | None = None
    hosts: tuple[str, ...] = ()


def is_name_of_one(name: str) -> bool:
    """Return whether a field, header or parameter is named like a secret; `author` is not."""
    return _TELLING.search(name) is not None


def references(text: str) -> tuple[str, ...]:
    """Return the names of the secrets that a text refers to as `{{ secret.name }}`, in order."""
    return tuple(_REFERENCE.findall(text))


def masked(text: str) -> str:
    """Return the text with `***` in the place of each reference to a secret."""
    return _REFERENCE.sub(MASK, text)


def is_misused(text: str) -> bool:
    """Return whether `secret` stands in any other form than `{{ secret.name }}` alone."""
    # Between two closing braces one look for each suffices: one pattern for both would look
    # through the rest of the text anew from every opening one.
    return any(
        _USE.search(piece, opening.end()) is not None
        for piece in _REFERENCE.sub("", text).split("}")
        if (opening := _OPENING.search(piece))
    )


def hidden(text: str, values: Iterable[str], *, is_cut: bool = False) -> str:
    r"""Return the text with `***` in the place of each of the values.

    A value is found in the spellings that JSON has for it too, such as `\u00e4` and `\/`. Values
    of fewer than 6 characters are left: they stand in too many texts by chance.

    Args:
        text: What may repeat them.
        values: Secrets.
        is_cut: Whether the text may break off inside of a value: then its end is hidden too if
            a value could begin so.
    """
    if is_cut:
        text = _PART_OF_A_CHARACTER.sub(r"\1", text)
    wanted = [value for value in set(values) if len(value) >= _SHORTEST]
    characters = list(_CHARACTER.finditer(text))
    read = "".join(map(_character, characters))
    places = [*(found.start() for found in characters), len(text)]
    spans = [*_spans(text, wanted, is_cut)]
    spans += [(places[start], places[end]) for start, end in _spans(read, wanted, is_cut)]
    pieces, written = [], 0
    for start, end in sorted(spans):
        if start >= written:
            pieces += [text[written:start], MASK]
        written = max(written, end)
    return "".join([*pieces, text[written:]])


def _spans(text: str, values: Iterable[str], is_cut: bool) -> Iterator[tuple[int, int]]:
    for value in values:
        at = text.find(value)
        while at >= 0:
            yield at, at + len(value)
            at = text.find(value, at + len(value))
        lengths = range(min(len(value) - 1, len(text)), 0, -1) if is_cut else ()
        if longest := next((length for length in lengths if text.endswith(value[:length])), 0):
            yield len(text) - longest, len(text)


def _character(found: re.Match[str]) -> str:
    """Return the character that JSON's escape sequence stands for; any other stands for itself."""
    if found[1]:
        return chr(int(found[1], 16))
    return _SHORT_ESCAPES[found[2]] if found[2] else found[0]


def joined(pieces: tuple[str, ...], value_of: Callable[[str], str]) -> str:
    """Return a text that `Placeholders.pieces` cut up, with a value for each name."""
    return "".join(value_of(piece) if place % 2 else piece for place, piece in enumerate(pieces))


def confidential(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of headers that are named like secrets, as a receiver may repeat them."""
    sent = [value for name, value in headers.items() if is_name_of_one(name)]
    # Receivers read header values as Latin-1 or as UTF-8, and may repeat what they read.
    values = [*sent, *(value.encode("latin-1").decode("utf-8", "ignore") for value in sent)]
    return (*values, *(value.rsplit(" ", 1)[-1] for value in values))


class Placeholders:
    """What stands for secrets while a text is rendered, so that rendering never sees one.

    Args:
        nonce: Random letters and digits, fresh for each rendering: what a variable's value says
            can then never become a reference.
    """

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._form = re.compile(rf"<{nonce}:({NAME})>")

    def variables(self, texts: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the variable `secret` for texts that refer to secrets."""
        names = (name for text in texts for name in references(text))
        return {"secret": {name: f"<{self._nonce}:{name}>" for name in names}}

    def pieces(self, rendered: str) -> tuple[str, ...]:
        """Return a rendered text cut up: texts at even places, names of secrets at odd ones."""
        return tuple(self._form.split(rendered))
