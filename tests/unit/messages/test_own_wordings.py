"""A location words Bookflow's added texts itself: checked when saved, used wherever they stand."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.actions.send_template import SendTemplate
from bookflow.domain.bookings.location_settings import MAX_WORDINGS_BYTES
from bookflow.domain.bookings.records import StoredValue
from bookflow.domain.messages.wording import (
    escaped_text,
    languages,
    text_direction,
    wording,
    wording_for,
)
from bookflow.pages.app import PublicPages
from tests.api import Answer, Client, TestIssuer, make_api
from tests.fakes import FakePorts
from tests.unit.actions.conftest import Run, ports, run
from tests.unit.actions.samples import BOOKING, CUSTOMER, LOCATION, scope, survey, template
from tests.unit.messages.blocks.documents import block, document
from tests.unit.pages.requests import get

__all__ = ["ports", "run"]

OWN = {
    "de": {"unsubscribe_question": "Keine Angebote?", "unsubscribe_link": "Hier & jetzt abmelden"},
    "de-CH": {"unsubscribe_question": "Keini Aagebot?"},
    "zh": {"unsubscribe_question": "zh?", "unsubscribe_link": "zh"},
    "zh-Hant": {"unsubscribe_question": "Hant?"},
    "da": {"unsubscribe_question": "Ingen tilbud?", "unsubscribe_link": "Afmeld her"},
}


def admin(ports: FakePorts) -> Client:
    issuer = TestIssuer()
    return Client(make_api(ports, issuer), issuer.person(loc_1="admin"))


def read_words(ports: FakePorts, language: str) -> dict[str, Any]:
    answer = admin(ports).get(f"/v1/locations/loc-1/wordings/{language}")
    assert answer.status == 200, answer.text
    return dict(answer.json)


def preview_words(ports: FakePorts, language: str, texts: dict[str, str]) -> dict[str, Any]:
    body = {"language": language, "texts": texts}
    answer = admin(ports).post("/v1/locations/loc-1/wordings/preview", body)
    assert answer.status == 200, answer.text
    return dict(answer.json)


def save(ports: FakePorts, wordings: Any) -> Answer:
    return admin(ports).put(
        "/v1/locations/loc-1/settings", {"name": "K", "wordings": wordings}, if_match='"0"'
    )


def test_own_words_are_saved_and_read_with_the_location(ports: FakePorts) -> None:
    answer = save(ports, OWN)
    assert answer.status == 200, answer.text
    assert answer.json["settings"]["wordings"] == OWN
    context = ports.bookings.context("loc-1", None)
    assert context is not None
    assert context.location.wordings == OWN


def test_every_text_of_every_catalogue_can_be_an_own_one(ports: FakePorts) -> None:
    """What the catalogues say is the example that operators change."""
    for language in languages():
        answer = save(FakePorts(), {language: dict(wording(language).texts)})
        assert answer.status == 200, answer.text


@pytest.mark.parametrize(
    ("language", "key", "text", "says"),
    [
        ("de", "no_such_text", "x", "is no text"),
        ("de", "unsubscribe_text", "Weg mit {adresse}", "{adresse}"),
        ("de", "unsubscribe_link", "{address}", "{address}"),
        ("de", "invitation_greeting", "Hallo {{ customer.first _name }}", "first _name"),
        ("de", "invitation_expiry", "Bis {{ survey.expires_at | date('lo ng') }}", "lo ng"),
        ("de", "unsubscribe_link", "{{ customer.first_name }}", "customer.first_name"),
        ("de", "invitation_greeting", "Hallo {{ customer.email }}", "customer.email"),
        ("de", "invitation_greeting", "{% for x in y %}{% endfor %}", "brace"),
        ("de", "unsubscribe_text", "{location", "brace"),
        ("de", "unsubscribe_text", "{0}", "{0}"),
        ("de", "unsubscribe_link", "   ", "empty"),
        ("de", "unsubscribe_link", "a\nb", "line break"),
        ("de", "unsubscribe_link", "a\u2028b", "line break"),
        ("klingon", "unsubscribe_link", "x", "language"),
        ("de_DE", "unsubscribe_link", "x", "language"),
        ("de", "unsubscribe_link", "x" * 501, "500"),
    ],
)
def test_an_own_text_that_cannot_be_used_is_refused(
    ports: FakePorts, language: str, key: str, text: str, says: str
) -> None:
    answer = save(ports, {language: {key: text}})
    assert answer.status == 422
    assert says in answer.text
    assert "wordings" in answer.text


def test_own_words_are_bounded(ports: FakePorts) -> None:
    texts = dict.fromkeys(wording("en").texts, "x" * 500)
    wordings = {language: texts for language in ("de", "fr", "it")}
    assert sum(map(len, texts.values())) * 3 > MAX_WORDINGS_BYTES
    assert "KiB" in save(ports, wordings).text


@pytest.mark.parametrize("text", ["Merci\xa0!", "a\u200cb", "a\u200f (1)"])
def test_signs_that_a_language_needs_within_a_line_are_taken(ports: FakePorts, text: str) -> None:
    assert save(ports, {"fr": {"thanks_heading": text}}).status == 200


@pytest.mark.parametrize(
    ("tag", "question", "link", "language"),
    [
        ("de-AT", "Keine Angebote?", "Hier & jetzt abmelden", "de"),
        ("de-CH", "Keini Aagebot?", "Hier & jetzt abmelden", "de"),
        ("de_CH", "Keini Aagebot?", "Hier & jetzt abmelden", "de"),
        ("de-Latn-CH", "Keine Angebote?", "Hier & jetzt abmelden", "de"),
        ("da-DK", "Ingen tilbud?", "Afmeld her", "da"),
        ("zh-Hant-TW", "Hant?", "zh", "zh"),
        ("fr", wording("fr")("unsubscribe_question"), wording("fr")("unsubscribe_link"), "fr"),
    ],
)
def test_own_words_come_before_the_catalogue(
    tag: str, question: str, link: str, language: str
) -> None:
    say = wording_for([tag], OWN)
    assert (say("unsubscribe_question"), say("unsubscribe_link"), say.language) == (
        question,
        link,
        language,
    )


def test_a_footer_has_the_locations_words_and_they_are_no_markup(
    ports: FakePorts, run: Run
) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(category="marketing", html="<p>!</p>")
    where = LOCATION.model_copy(update={"locale": "de-DE", "wordings": OWN})
    run(SendTemplate, {"template": "t-1"}, scope(location=where))
    (email,) = ports.mailer.sent
    assert "Hier &amp; jetzt abmelden</a>" in email.html
    assert "Keine Angebote? Hier & jetzt abmelden:" in email.text


WHOLE = "<html><body>{{ booking.id }}</body></html>"
DETAILS = document(block("booking_details", rows=["time"]))


@pytest.mark.parametrize("locale", ["pt-BR", "pt_BR"])
@pytest.mark.parametrize(
    "written",
    [
        {"language": "pt", "html": "", "blocks": DETAILS},
        {"language": "pt", "html": WHOLE},
        {"translations": {"pt": {"html": WHOLE}}},
        {"translations": {"pt-PT": {"blocks": DETAILS}}},
        None,
    ],
)
def test_a_guests_region_has_its_own_words_in_every_e_mail_and_on_every_page(
    ports: FakePorts, run: Run, locale: str, written: dict[str, Any] | None
) -> None:
    own = {
        tag: {key: f"«{tag} {key}»" for key in wording("en").texts} for tag in ("pt", "pt-BR", "en")
    }
    guest = CUSTOMER.model_copy(update={"locale": locale})
    where = LOCATION.model_copy(update={"wordings": own})
    ports.surveys.stored["loc-1", "after-visit"] = survey()
    given = scope(location=where, customer=guest)
    for record in (where, guest, BOOKING):
        ports.bookings.kept["loc-1", type(record), record.id] = StoredValue(record, 1, {})
    if written is None:
        run(SendSurveyEmail, {}, given)
    else:
        ports.templates.stored["loc-1", "t-1"] = template(category="marketing", **written)
        run(SendTemplate, {"template": "t-1"}, given)

    (email,) = ports.mailer.sent
    pages = [
        get(PublicPages(lambda: ports), path)["body"]
        for path in re.findall(r"https://book\.example\.com(/[su]/\S+)", email.text)
    ]
    assert len(pages) == (2 if written is None else 1)
    for seen in (email.html, email.text, *pages):
        assert set(re.findall(r"«(\S+) ", seen)) == {"pt-BR"}


def test_the_built_in_invitation_has_the_locations_words(ports: FakePorts, run: Run) -> None:
    ports.surveys.stored["loc-1", "after-visit"] = survey()
    own = {"en": {"invitation_greeting": "Ahoy {{ customer.first_name }} <3"}}
    where = LOCATION.model_copy(update={"wordings": own})
    run(SendSurveyEmail, {}, scope(location=where, customer=CUSTOMER))
    (email,) = ports.mailer.sent
    assert "Ahoy Ada &lt;3" in email.html
    assert "Ahoy Ada <3" in email.text


def test_words_that_no_save_let_in_are_passed_over() -> None:
    """The booking system's record of a location, or a file, is not checked as settings are."""
    say = wording_for(["en"], {"en": {"unsubscribe_text": "{nobody}", "nothing": "x"}})
    assert say.texts == wording("en").texts


@pytest.mark.parametrize("language", [*sorted(languages()), "da", "pt-BR"])
def test_every_text_has_a_title_and_is_shown_in_its_part(language: str, ports: FakePorts) -> None:
    """Each text is marked, and its mark stands in a page or e-mail of the part that its title names."""
    words = read_words(ports, language)
    assert (words["language"], words["is_translated"]) == (language, language != "da")
    assert words["direction"] == text_direction(language)
    assert {each["id"] for each in words["texts"]} == wording("en").texts.keys()
    assert len({(each["part"], each["title"]) for each in words["texts"]}) == len(words["texts"])
    own = {each["id"]: " ".join([f"«{each['id']}»", *each["values"]]) for each in words["texts"]}
    answer = preview_words(ports, language, own)
    assert answer["problems"] == []
    shown: dict[str, str] = {}
    for each in answer["samples"]:
        seen = f"{each['subject']} {unescape(each['html'])}"
        shown[each["part"]] = shown.get(each["part"], "") + seen
        assert "{" not in re.sub(r"(?s)<style.*?</style>", "", each["html"]), each["title"]
    missing = [
        each["id"] for each in words["texts"] if f"«{each['id']}»" not in shown[each["part"]]
    ]
    assert missing == ["someone"], "only a location without a name is called so"


def test_a_text_is_what_readers_see_without_own_words(ports: FakePorts) -> None:
    save(ports, OWN)
    texts = {each["id"]: each for each in read_words(ports, "de-CH")["texts"]}
    question = texts["unsubscribe_question"]
    assert question["text"] == wording("de")("unsubscribe_question")
    assert question["english"] == wording("en")("unsubscribe_question")
    assert texts["unsubscribe_text"]["values"] == ["{address}", "{location}"]


def test_a_preview_names_what_no_save_would_take_and_shows_the_rest(ports: FakePorts) -> None:
    own = {"unsubscribe_link": "Weg <b>damit", "unsubscribe_text": "{adresse}", "nothing": "x"}
    answer = preview_words(ports, "de", own)
    assert [each["id"] for each in answer["problems"]] == ["unsubscribe_text", "nothing"]
    assert "Use {address}, {location}." in answer["problems"][0]["remedy"]
    pages = "".join(each["html"] for each in answer["samples"])
    assert "Weg &lt;b&gt;damit" in pages
    assert "adresse" not in pages
    assert ports.bookings.location("loc-1").kept.settings.wordings == {}


@pytest.mark.parametrize("language", ["klingon", "../de", "de_DE"])
def test_a_language_that_is_none_has_no_words(ports: FakePorts, language: str) -> None:
    client = admin(ports)
    body = {"language": language, "texts": {}}
    assert client.post("/v1/locations/loc-1/wordings/preview", body).status == 422
    if language != "de_DE":
        assert client.get(f"/v1/locations/loc-1/wordings/{language}").status == 404


def test_only_placeholders_stay_as_they_are_in_html() -> None:
    assert escaped_text("a & {{ survey.expires_at | date('long') }} <b>") == (
        "a &amp; {{ survey.expires_at | date('long') }} &lt;b&gt;"
    )
