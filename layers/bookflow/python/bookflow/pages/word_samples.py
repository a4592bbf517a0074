"""Shows the words that Bookflow adds where readers see them: pages and e-mails of a made-up guest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import get_args

from bookflow.actions.send_survey_email import built_in_invitation
from bookflow.domain.bookings.records import BookingContext, Location
from bookflow.domain.catalogue.samples import OCCURRED_AT, sample_context
from bookflow.domain.messages.blocks.model import DetailRow
from bookflow.domain.messages.unsubscribe_links import Subscriber
from bookflow.domain.messages.wording import OwnWordings, wording_for
from bookflow.domain.surveys.answers import AnswerProblemKind
from bookflow.domain.surveys.survey import ChoiceQuestion, StarQuestion, Survey, TextQuestion
from bookflow.domain.templates import TemplateContent
from bookflow.pages.html import HtmlPage
from bookflow.pages.messages import message_page, trouble_page
from bookflow.pages.survey_page import survey_page
from bookflow.pages.unsubscribe_page import unsubscribe_page
from bookflow.use_cases.messages.unsubscribe import MailSubscription, SubscriptionState
from bookflow.use_cases.preview.preview_template import Preview, render_preview
from bookflow.use_cases.runtime.alert_admins import alert_content
from bookflow.use_cases.surveys.answer_survey import LinkState, SurveyLink

TRIGGER = "Booking Created"
DASHBOARD = "https://dashboard.example.com"

SURVEY_PAGE, OTHER_PAGES, UNSUBSCRIBE_PAGE = "Survey page", "Other pages", "Unsubscribe page"
INVITATION, EMAILS, ALERT = "Survey invitation", "E-mails", "E-mail to admins"
"""The parts that the catalogues' comments name."""


@dataclass(frozen=True)
class WordSample:
    """Something that readers see, with the words in it.

    Attributes:
        part: The part of Bookflow, as `WordedText.part`.
        title: What is shown, in the words of an operator.
        html: The whole page or e-mail.
        subject: Of an e-mail.
    """

    part: str
    title: str
    html: str
    subject: str = ""


def word_samples(location: Location, language: str, own: OwnWordings) -> Iterator[WordSample]:
    """Yield every page and e-mail that has words of Bookflow's, in a language.

    Args:
        location: In whose name they are.
        language: A BCP 47 tag.
        own: The location's own words, saved or not; what is not usable is passed over.
    """
    sample = sample_context()
    where = location.model_copy(
        update={
            "locale": language,
            "wordings": own,
            "name": location.name or sample.location.name,
            "address": location.address or sample.location.address,
        }
    )
    guest = sample.customer and sample.customer.model_copy(update={"locale": language})
    context = sample.model_copy(update={"location": where, "customer": guest})
    yield from _survey_pages(context)
    yield from _other_pages(context)
    yield from _unsubscribe_pages(where)
    yield from _emails(context, language)


def _survey_pages(context: BookingContext) -> Iterator[WordSample]:
    survey = _survey(context.location)
    kinds = list(AnswerProblemKind)
    problems = {question.id: kind for question, kind in zip(survey.questions, kinds, strict=False)}
    link = SurveyLink(LinkState.OPEN, context, survey)
    yield _page(SURVEY_PAGE, "Survey", survey_page(link, ""))
    plain = replace(link, context=context.model_copy(update={"activity": None}))
    yield _page(SURVEY_PAGE, "Survey with problems", survey_page(plain, "", None, problems))
    yield _page(SURVEY_PAGE, "Thanks", survey_page(SurveyLink(LinkState.THANKS, context), ""))


def _other_pages(context: BookingContext) -> Iterator[WordSample]:
    states = {
        LinkState.ANSWERED: "Answered before",
        LinkState.EXPIRED: "Link expired",
        LinkState.CLOSED: "Survey closed",
        LinkState.UNKNOWN: "Unknown link",
    }
    for state, title in states.items():
        yield _page(OTHER_PAGES, title, survey_page(SurveyLink(state, context), ""))
    say = wording_for([context.location.locale], context.location.wordings)
    too_big = message_page("toobig", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, say)
    yield _page(OTHER_PAGES, "Answers too long", too_big)
    yield _page(OTHER_PAGES, "Error", trouble_page(say))


def _unsubscribe_pages(location: Location) -> Iterator[WordSample]:
    guest = Subscriber(address_hash="", masked="a…@example.com", language=location.locale)
    subscribed = MailSubscription(SubscriptionState.SUBSCRIBED, location, guest)
    unsubscribed = MailSubscription(SubscriptionState.UNSUBSCRIBED, location, guest, True)
    for title, now, key in [
        ("Question", subscribed, "unsubscribe"),
        ("Unsubscribed", unsubscribed, ""),
        ("Subscribed again", subscribed, "subscribed"),
    ]:
        yield _page(UNSUBSCRIBE_PAGE, title, unsubscribe_page(now, "", key))


def _emails(context: BookingContext, language: str) -> Iterator[WordSample]:
    location = context.location
    for each, title in [
        (context, "Invitation with names"),
        (context.model_copy(update={"activity": None}), "Invitation without names"),
    ]:
        content = built_in_invitation(each, OCCURRED_AT).content
        yield _email(INVITATION, title, _rendered(content, each, language))
    rows = [{"type": "booking_details", "attrs": {"rows": get_args(DetailRow)}}]
    marketing = TemplateContent.model_validate(
        {
            "name": "Sample",
            "category": "marketing",
            "language": language,
            "subject": "{{ activity.name }}",
            "blocks": rows,
        }
    )
    yield _email(EMAILS, "Booking details and footer", _rendered(marketing, context, language))
    subject, html, _ = alert_content(location, {"Booking confirmation": 2}, DASHBOARD)
    yield WordSample(ALERT, "Executions failed", html, subject)


def _rendered(content: TemplateContent, context: BookingContext, language: str) -> Preview:
    return render_preview(content, TRIGGER, context, reader_locale=language)


def _email(part: str, title: str, preview: Preview) -> WordSample:
    return WordSample(part, title, preview.html or "", preview.subject or "")


def _page(part: str, title: str, page: HtmlPage) -> WordSample:
    return WordSample(part, title, page.body)


def _survey(location: Location) -> Survey:
    """Return a survey with a question of each kind; its own texts are the location's."""
    options = ("A", "B")
    return Survey(
        location_id=location.id,
        id="sample",
        name="Sample",
        updated_at=OCCURRED_AT,
        questions=(
            StarQuestion(id="stars", text="1 …"),
            StarQuestion(id="more-stars", text="2 …", required=False),
            ChoiceQuestion(id="one", text="3 …", options=options),
            ChoiceQuestion(id="two", text="4 …", options=options, required=False),
            ChoiceQuestion(id="several", text="5 …", options=options, several=True),
            TextQuestion(id="text", text="6 …"),
        ),
    )
