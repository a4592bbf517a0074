"""The alphabet of plain SMS, and the plain characters that stand for typographic ones in it.

One character outside of the alphabet turns the whole message into UCS-2: 70 characters a part in
place of 160. Source: 3GPP TS 23.038, sections 6.2.1 and 6.2.1.1.
"""

from __future__ import annotations

import unicodedata
from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED: Final = frozenset("\f^{}\\[~]|€")
"""Characters that take two places."""

_ALL: Final = BASIC | EXTENDED

_LOOK_ALIKES: Final = str.maketrans(
    {
        **dict.fromkeys(
            "\t\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f", " "
        ),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u2039\u203a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
        "\u2026": "...",
    }
)
"""Characters that differ in their looks only: spaces, dashes, quotes, the ellipsis, and marks that
nobody sees."""


_LETTERS: Final = {
    **dict(
        zip("łŁđĐðÐħĦıŋŊɔƆɛƐəƏǝɖƉɗƊɓƁƒɣƔɨƗɩʉʊ", "lLdDdDhHinNoOeEeEedDdDbBfgGiIiuu", strict=True)
    ),
    **dict.fromkeys("\u02bb\u02bc\u02c0\u0294\ua78b\ua78c", "'"),
    "œ": "oe",
    "Œ": "OE",
    "þ": "th",
    "Þ": "Th",
}
"""Plain letters for those that Unicode does not take apart."""


def outside_of_gsm7(text: str) -> tuple[str, ...]:
    """Return the characters that the alphabet does not have, each once, in the text's order."""
    return tuple(dict.fromkeys(each for each in text if each not in _ALL))


def plain_letters(text: str) -> str:
    """Return a text with plain letters for those that the alphabet lacks: `a` for `á`, `l` for `ł`.

    It is for what Bookflow writes itself, such as dates: nobody's name is spelt so.
    """
    return "".join(map(_plain_letter, unicodedata.normalize("NFC", text)))


def _plain_letter(letter: str) -> str:
    if letter in _ALL:
        return letter
    parts = unicodedata.normalize("NFKD", _LETTERS.get(letter, letter))
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return letter if outside_of_gsm7(plain) else plain


def sms_text(text: str) -> str:
    """Return a text as an SMS is sent.

    Accents count once (Unicode normal form C). Look-alikes are used where they make the whole text
    fit the alphabet; otherwise they would save nothing, and typography stays.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = text.translate(_LOOK_ALIKES)
    return text if outside_of_gsm7(plain) else plain
