"""Lets readers unsubscribe from an e-mail: headers for mail programs, a line for people."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from bookflow.domain.messages.message import Email
from bookflow.domain.messages.wording import Wording

_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)


def with_unsubscribe(email: Email, url: str, say: Wording) -> Email:
    """Return the e-mail with `List-Unsubscribe` headers and a visible link.

    The headers offer a POST without a question (RFC 8058), which mailbox providers ask of bulk
    senders. A part that has the link already, from `{{ unsubscribe_url }}`, stays as it is.

    Args:
        email: An e-mail that its reader may unsubscribe from.
        url: The reader's own unsubscribe address.
        say: The words of the e-mail's language.
    """
    headers = {
        **email.headers,
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return replace(
        email,
        headers=headers,
        html=html_with_link(email.html, url, say),
        text=text_with_link(email.text, url, say),
    )


def has_link(source: str, url: str | None) -> bool:
    """Return whether a part of an e-mail, HTML or text, holds the address already."""
    return url is not None and (url in source or html.escape(url) in source)


def html_with_link(source: str, url: str, say: Wording) -> str:
    """Return an e-mail's HTML with the link as its last line, unless it is there or empty."""
    address = html.escape(url)
    if not source or has_link(source, url):
        return source
    line = (
        f'<p dir="{say.direction}" style="margin:16px;text-align:center;'
        f'font-family:Arial,Helvetica,sans-serif;font-size:13px;color:#4b5563;">'
        f"{html.escape(say('unsubscribe_question'))} "
        f'<a href="{address}" style="color:#1d4ed8;">{html.escape(say("unsubscribe_link"))}</a></p>'
    )
    ends = list(_BODY_END.finditer(source))
    end = ends[-1].start() if ends else len(source)
    return f"{source[:end]}{line}\n{source[end:]}"


def text_with_link(source: str, url: str, say: Wording) -> str:
    """Return an e-mail's text with the link as its last line, unless it is there or empty."""
    if not source or has_link(source, url):
        return source
    words = f"{say('unsubscribe_question')} {say('unsubscribe_link')}{say.colon}"
    return f"{source.rstrip()}\n\n-- \n{words}\n{url}\n"
