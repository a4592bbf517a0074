"""How a substituted value is made harmless in each mode."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from bookflow.domain.rendering.gsm7 import sms_text
from bookflow.domain.rendering.modes import Mode
from bookflow.domain.rendering.problems import TemplateError
from bookflow.domain.shared.html_tags import HtmlError, require_plain, unescape_attribute

# Everything that a terminal, a mail header or an XML parser may take for a command.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_LINE_BREAKS = re.compile(r"[\t\r\n\x85\u2028\u2029]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WHITESPACE_OR_CONTROL = re.compile(r"[\s\x00-\x20\x7f-\x9f\\]")

_URL_START = re.compile(r"https?://", re.IGNORECASE)
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_HOST_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_PORT = re.compile(r"\d{1,5}", re.ASCII)
_LINKS = frozenset({"http", "https", "mailto", "tel", "sms"})
_LINK_IN_TAG = re.compile(
    r"""<[a-zA-Z][^<>]*\s(?:href|src|action|formaction|background)\s*=\s*(["'])((?:(?!\1)[^<>])*)$""",
    re.IGNORECASE,
)
_LINK_IN_TEXT = re.compile(
    r"""(?:https?://[^\s/?#<>"')\]]+[/?#]|mailto:[^\s?<>]+\?)[^\s<>"')\]]*$""", re.IGNORECASE
)
LONGEST_LINK = 2048
"""Characters of an address that is followed."""
_NOT_DIALLED = re.compile(r"[^0-9+*#;=,]")
_HOST_AND_PATH = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[^\s<>\"']*)?")
_FORM_TEXT = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9_.~%=-]+")
_DOT_SEGMENTS = frozenset({".", ".."})


def without_surrogates(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry, by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def escape_html(text: str) -> str:
    """Escape for HTML text and quoted attributes."""
    return html.escape(_CONTROL.sub("", text), quote=True)


def safe_link(text: str) -> str:
    """Return an address for an HTML link unless it could run code when clicked.

    Raises `TemplateError` for any scheme but http, https, mailto, tel and sms.
    """
    before_colon, colon, _ = text.partition(":")
    if colon and not re.search(r"[/?#]", before_colon) and before_colon.lower() not in _LINKS:
        raise TemplateError(
            "the link has a scheme that is not allowed.",
            remedy="Use an address that begins with https://, mailto:, tel: or sms:.",
        )
    return text


def _html_link_before(tail: str) -> str:
    begin = tail.rfind("<")
    found = _LINK_IN_TAG.match(tail, begin) if begin >= 0 else None
    return unescape_attribute(found[2]).lstrip() if found else ""  # As a browser reads it.


def _text_link_before(tail: str) -> str:
    if "://" not in tail and "?" not in tail:
        return ""
    found = _LINK_IN_TEXT.search(tail)
    return found[0] if found else ""


LINK_BEFORE: Final[Mapping[Mode, Callable[[str], str]]] = {
    Mode.HTML: _html_link_before,
    Mode.TEXT: _text_link_before,
    Mode.SMS: _text_link_before,
}
"""In the modes that may hold links: the part of an address that the end of what is written holds,
empty where none is open. In a text it is what a mail program or a phone would show as a link."""


def link_part(text: str, before: str) -> str:
    """Encode a value for the place where it stands in a link, judged by the address `before` it.

    Percent-encoded is all but unreserved characters (RFC 3986, section 2.3); in a phone number
    what only makes it readable is left out (RFC 3966, section 3), and a mail address keeps its @.
    A host, with a path or without, may follow `//` as it is.
    """
    scheme = before.partition(":")[0].lower()
    if scheme in ("tel", "sms") and "?" not in before:
        return _NOT_DIALLED.sub("", text)
    if scheme == "mailto" and "?" not in before:
        return quote(text, safe="@+")
    if before.endswith("//") and _HOST_AND_PATH.fullmatch(text):
        return text
    return quote(text, safe="")


def plain(text: str) -> str:
    """Drop control characters; line breaks and tabs stay."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Turn every line break or tab into one space and drop control characters."""
    return _CONTROL.sub("", _LINE_BREAKS.sub(" ", text))


def url_part(text: str, before: str) -> str:
    """Encode a value for the place where it stands in a URL, judged by the text `before` it.

    At the very start a whole http(s) URL may stand. Within scheme or host only a host name's
    characters may, and only after `//` or a dot, so that a host written out cannot grow. Anywhere
    else all but unreserved characters are percent-encoded (RFC 3986, section 2.3).
    """
    if not text:
        return text
    if not before:
        if not _URL_START.match(text) or _WHITESPACE_OR_CONTROL.search(text):
            raise TemplateError(
                "the value is not a whole http or https URL.",
                remedy="Write the URL's start out, as in https://example.com/{{ booking.id }}.",
            )
        return text
    if "://" not in before or _AUTHORITY.fullmatch(before):
        return _host_part(text, before)
    return quote(text, safe="")


def _host_part(text: str, before: str) -> str:
    allowed = _PORT if before.endswith(":") and "://" in before[:-1] else _HOST_PART
    if before.endswith(("//", ".", ":")) and "://" in before and allowed.fullmatch(text):
        return text
    raise TemplateError(
        "the value would change the URL's host.",
        remedy="Write the host out and end it with a slash: https://example.com/{{ booking.id }}.",
    )


def form_value(text: str) -> str:
    """Encode a value for a field of a form: all but unreserved characters."""
    return quote(_CONTROL.sub("", text), safe="")


def finish(text: str, mode: Mode) -> str:
    """Apply what a mode asks of the whole result."""
    if mode is Mode.HTML:
        return _plain_html(text)
    if mode is Mode.SMS:
        return sms_text(text)
    if mode is Mode.HEADER:
        return text.strip()
    if mode is Mode.URL:
        return _finish_url(text.strip())
    if mode is Mode.FORM:
        return _finish_form(text)
    return text


def _plain_html(text: str) -> str:
    # The template alone is plain, or it is refused when saved; what its blocks made of it may not
    # be.
    try:
        require_plain(text)
    except HtmlError as error:
        raise TemplateError(f"in the result {error.message}", remedy=error.remedy) from None
    return text


def _finish_form(text: str) -> str:
    # Values are encoded already. A plus sign means a space in a form, so one that is written in
    # the template is encoded too; white space around a field is only how the template is laid out.
    fields = (field.strip() for field in text.split("&"))
    return "&".join(
        _FORM_TEXT.sub(lambda found: quote(found[0], safe=""), field) for field in fields if field
    )


def _finish_url(url: str) -> str:
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    if _DOT_SEGMENTS & {segment.lower().replace("%2e", ".") for segment in path.split("/")}:
        raise TemplateError(
            "a part of the URL's path is '.' or '..'.",
            remedy="Leave such parts out: they lead to another path than the one written.",
        )
    return url
