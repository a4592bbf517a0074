"""The unsubscribe page: unsubscribe, confirm, and subscribe again."""

from __future__ import annotations

from http import HTTPStatus

from bookflow.domain.messages.wording import wording_for
from bookflow.pages.html import HtmlPage, make_page
from bookflow.pages.messages import message_page
from bookflow.pages.survey_page import Form
from bookflow.ports import Ports
from bookflow.use_cases.messages.unsubscribe import (
    MailSubscription,
    SubscriptionState,
    Unsubscribing,
)

RESUBSCRIBE = "resubscribe"


class PublicUnsubscribePage:
    """Shows how an address stands and changes it.

    A POST unsubscribes, whatever it holds, so mail programs need nothing but the address of the
    page (RFC 8058, section 3.2: no cookie, no question). Only the page's own button resubscribes.
    """

    def __init__(self, ports: Ports) -> None:
        self._unsubscribing = Unsubscribing(ports)

    def show(self, location_id: str, token: str, accept_language: str) -> HtmlPage:
        """Return the question, or that it has been answered."""
        now = self._unsubscribing.look(location_id, token)
        return unsubscribe_page(now, accept_language, "unsubscribe")

    def submit(self, location_id: str, token: str, form: Form, accept_language: str) -> HtmlPage:
        """Unsubscribe, or undo it, and return how the address stands then."""
        if list(form.get("action", ())) == [RESUBSCRIBE]:
            now = self._unsubscribing.resubscribe(location_id, token)
        else:
            now = self._unsubscribing.unsubscribe(location_id, token)
        return unsubscribe_page(now, accept_language, "subscribed")


def unsubscribe_page(
    now: MailSubscription, accept_language: str, key_when_subscribed: str
) -> HtmlPage:
    """Return the page of an address.

    Args:
        now: How it stands.
        accept_language: The browser's languages, for a link that nothing is known of.
        key_when_subscribed: The words for an address that gets messages: `unsubscribe`, which asks,
            or `subscribed`.
    """
    if now.subscriber is None:
        return message_page("unknown", HTTPStatus.NOT_FOUND, wording_for([accept_language]))
    locale = now.location.locale if now.location else None
    own = now.location.wordings if now.location else None
    say = wording_for([now.subscriber.language, locale], own)
    name = now.location.name if now.location else ""
    subscribed = now.state is SubscriptionState.SUBSCRIBED
    key = key_when_subscribed if subscribed else "unsubscribed"
    action = "unsubscribe" if key == "unsubscribe" else ""
    if now.may_return:
        action = RESUBSCRIBE
    return make_page(
        "unsubscribe.html",
        HTTPStatus.OK,
        say,
        heading=say(f"{key}_heading"),
        text=say.about(name, f"{key}_text", address=now.subscriber.masked),
        action=action,
        location=name,
        content_language=locale or say.language,
    )
