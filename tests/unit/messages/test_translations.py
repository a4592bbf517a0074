"""A template's translations: who gets which, what is missing in one, and what follows its language."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.actions.send_template import SendTemplate
from bookflow.domain.bookings.records import Customer
from bookflow.domain.shared.locales import closest_tag
from bookflow.domain.templates import TemplateContent, TemplateText
from bookflow.use_cases.preview.preview_template import problems_of
from tests.api import Client, TestIssuer, make_api
from tests.fakes import FakePorts
from tests.unit.actions.conftest import Run, ports, run
from tests.unit.actions.samples import CUSTOMER, LOCATION, scope, survey, template

__all__ = ["ports", "run"]

WHEN = "{{ booking.start_time | date('full') }}"
HTML = f"<p>{WHEN}</p>"
FRENCH = TemplateText(subject="Bonjour", html=f"<p>Le {WHEN}</p>", sms=f"Le {WHEN}")
TRANSLATED: dict[str, Any] = {
    "channel": "both",
    "language": "en",
    "subject": "Hello",
    "html": f"<p>On {WHEN}</p>",
    "sms": f"On {WHEN}",
    "translations": {"fr": FRENCH, "he": TemplateText(subject="שלום", html=HTML)},
}


@pytest.mark.parametrize(
    ("wanted", "offered", "chosen"),
    [
        ("de-AT", ["en", "de", "de-AT"], "de-AT"),
        ("de_at", ["en", "de", "de-AT"], "de-AT"),
        ("de-AT", ["en", "de-DE", "de"], "de"),
        ("fr-CA", ["en", "fr-FR"], "fr-FR"),
        ("pt", ["en", "pt-PT", "pt-BR"], "pt-BR"),  # Where most who write `pt` live.
        ("pt-AO", ["en", "pt-PT", "pt-BR"], "pt-PT"),
        ("en-US", ["en-GB", "en-AU"], "en-GB"),  # The template's own before a translation.
        ("es-419", ["en", "es-MX", "es"], "es"),
        ("zh-TW", ["en", "zh", "zh-Hant"], "zh-Hant"),
        ("zh-HK", ["en", "zh-CN", "zh-TW"], "zh-TW"),
        ("sr-Latn-RS", ["sr", "sr-Latn"], "sr-Latn"),
        ("iw", ["en", "he"], "he"),
        ("nb-NO", ["en", "no"], "no"),
        ("ja-JP", ["en", "fr"], None),
        ("", ["en"], None),
        (None, ["en"], None),
        ("x" * 35, ["en"], None),
        ("../../etc", ["en"], None),
    ],
)
def test_a_reader_gets_the_closest_language(
    wanted: str | None, offered: list[str], chosen: str | None
) -> None:
    assert closest_tag(wanted, offered) == chosen


def send(ports: FakePorts, run: Run, locale: str | None, **changes: Any) -> tuple[Any, Any]:
    ports.templates.stored["loc-1", "t-1"] = template(**{**TRANSLATED, **changes})
    guest = CUSTOMER.model_copy(update={"locale": locale})
    run(SendTemplate, {"template": "t-1"}, scope(customer=guest))
    return ports.mailer.sent[-1], ports.texter.sent[-1]


@pytest.mark.parametrize(
    ("locale", "subject", "date", "sms", "tag"),
    [
        ("fr-CA", "Bonjour", "Le dimanche 25 octobre 2026", "Le dimanche 25 octobre 2026", "fr"),
        ("en-US", "Hello", "On Sunday, October 25, 2026", "On Sunday, October 25, 2026", "en"),
        ("de-DE", "Hello", "On Sunday, 25 October 2026", "On Sunday, 25 October 2026", "en"),
        (None, "Hello", "On Sunday, 25 October 2026", "On Sunday, 25 October 2026", "en"),
    ],
)
def test_text_dates_and_lang_are_of_one_language(
    ports: FakePorts, run: Run, locale: str | None, subject: str, date: str, sms: str, tag: str
) -> None:
    email, text = send(ports, run, locale)
    assert email.subject == subject
    assert f"<p>{date}</p>".replace("<p>", ">") in email.html
    assert email.text == date
    assert f'<html lang="{tag}" dir="ltr">' in email.html
    assert text.text == sms


def test_what_a_translation_leaves_empty_is_the_templates_own(ports: FakePorts, run: Run) -> None:
    email, text = send(ports, run, "he-IL")
    assert email.subject == "שלום"
    assert '<html lang="he" dir="rtl">' in email.html
    assert text.text == "On Sunday, 25 October 2026"  # Its own language, so its own dates.


def test_a_body_is_never_of_two_languages(ports: FakePorts, run: Run) -> None:
    email, _ = send(ports, run, "fr", text=f"On {WHEN}")
    assert "octobre" in email.html
    assert email.text == "Le dimanche 25 octobre 2026"


def test_a_translation_of_the_subject_alone_keeps_the_own_body(ports: FakePorts, run: Run) -> None:
    bare = TemplateText(subject="Bonjour")
    email, _ = send(ports, run, "fr", translations={"fr": bare})
    assert email.subject == "Bonjour"
    assert '<html lang="en"' in email.html
    assert "October" in email.text


def test_the_footer_speaks_the_translations_language(ports: FakePorts, run: Run) -> None:
    email, _ = send(ports, run, "fr", category="marketing")
    assert "Désabonnez-vous" in email.html or "désabonner" in email.html.lower()
    assert "Unsubscribe" not in email.html + email.text


def test_a_survey_invitation_has_translations_too(ports: FakePorts, run: Run) -> None:
    ports.surveys.stored["loc-1", "after-visit"] = survey()
    link = "{{ survey.link }}"
    ports.templates.stored["loc-1", "t-1"] = template(
        html=f"<p>How was it? {link}</p>",
        translations={"fr": {"subject": "Alors ?", "html": f"<p>C'était bien ? {link}</p>"}},
    )
    guest = Customer(id="c-1", email="ada@example.com", locale="fr-BE")
    run(SendSurveyEmail, {"template": "t-1"}, scope(customer=guest))
    assert ports.mailer.sent[-1].subject == "Alors ?"
    assert '<html lang="fr"' in ports.mailer.sent[-1].html


def test_each_recipient_gets_their_own_language(ports: FakePorts, run: Run) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(**{**TRANSLATED, "channel": "email"})
    location = LOCATION.model_copy(update={"locale": "fr-FR"})
    run(SendTemplate, {"template": "t-1"}, scope(location=location))
    assert ports.mailer.sent[-1].subject == "Hello"  # A guest of an unknown language.


# Problems ---------------------------------------------------------------------------------------


def content(**changes: Any) -> TemplateContent:
    return TemplateContent.model_validate({"name": "N", **TRANSLATED, **changes})


def test_a_sound_template_has_no_problems() -> None:
    assert problems_of(content()) == []


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        (
            {"translations": {"fr": {"subject": "{{ guest.name }}"}}},
            "translations.fr.subject",
            "French: subject: Unknown variable guest.name",
        ),
        (
            {"translations": {"pt-BR": {"html": "<p>\n{{ customer | explode }}</p>"}}},
            "translations.pt-BR.html",
            "Portuguese (Brazil): HTML: ",
        ),
        ({"translations": {"de": {"sms": "{{"}}}, "translations.de.sms", "German: SMS: "),
        ({"translations": {"de": {"text": "{% for x in"}}}, "translations.de.text", "German: text"),
        (
            {"translations": {"de": {"html": "{{ unsubscribe_url }}"}}},
            "translations.de.html",
            "German: HTML: Only marketing",
        ),
        ({"translations": {"en": {"subject": "Hi"}}}, "translations", "English is there twice"),
        ({"translations": {"EN": {"subject": "Hi"}}}, "translations", "English is there twice"),
        (
            {"translations": {"klingon": {"subject": "Hi"}}},
            "translations",
            "klingon is no language",
        ),
        ({"translations": {"fr_FR": {"subject": "Hi"}}}, "translations", "fr_FR is no language"),
        ({"language": "klingon"}, "language", "This is no language"),
    ],
)
def test_a_problem_of_a_translation_is_named_in_the_readers_words(
    changes: dict[str, Any], field: str, says: str
) -> None:
    (problem,) = problems_of(content(**changes))
    assert problem.field == field
    assert problem.message.startswith(says)
    assert problem.remedy


def test_a_preview_finds_what_no_guest_of_this_language_would_see(client: Client) -> None:
    typo = {"fr": {"subject": "{{ customer.first_nam }}"}}
    body = {"content": {**BODY, "translations": typo}, "trigger": "Booking Created"}
    preview = client.post(f"{TEMPLATES}/preview", body).json
    (problem,) = preview["problems"]
    assert (problem["language"], problem["part"]) == ("fr", "subject")
    assert problem["message"].startswith("French: subject: Unknown variable customer.first_nam")
    assert preview["subject"] == "Hello"


def test_the_same_problem_in_two_languages_is_two_problems() -> None:
    bad = {"subject": "{{ guest.name }}"}
    problems = problems_of(content(**bad, translations={"fr": bad, "de": bad}))
    assert [each.field for each in problems] == [
        "subject",
        "translations.fr.subject",
        "translations.de.subject",
    ]


# The API ----------------------------------------------------------------------------------------

TEMPLATES = "/v1/locations/loc-1/templates"
BODY = content().model_dump(mode="json")


@pytest.fixture
def client(ports: FakePorts) -> Client:
    issuer = TestIssuer()
    return Client(make_api(ports, issuer), issuer.person(loc_1="admin"))


def test_translations_are_saved_listed_by_tag_and_read(client: Client) -> None:
    made = client.post(TEMPLATES, {**BODY, "id": "t-9"})
    assert made.status == 201, made.text
    assert made.json["translations"] == BODY["translations"]
    (listed,) = client.get(TEMPLATES).json["items"]
    assert listed["languages"] == ["fr", "he"]
    assert not {"html", "subject", "translations"} & listed.keys()
    assert client.get(f"{TEMPLATES}/t-9").json["translations"] == BODY["translations"]


def test_a_rejected_save_names_the_translations_field(client: Client) -> None:
    bad = {**BODY, "translations": {"fr": {"subject": "{{ guest.name }}"}}}
    answer = client.post(TEMPLATES, bad)
    assert answer.status == 422
    (error,) = answer.json["errors"]
    assert error["field"] == "body.translations.fr.subject"
    assert error["reason"].startswith("French: subject: Unknown variable")


def test_thirty_translations_are_saved_and_no_more(client: Client) -> None:
    tags = "ar bg cs da de el es et fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru sk sl sv th tr"
    texts = {tag: {"subject": "x"} for tag in tags.split()}
    answer = client.post(TEMPLATES, {**BODY, "translations": texts})
    assert (len(texts), answer.status) == (31, 422)
    assert "30" in answer.text
    del texts["tr"]
    assert client.post(TEMPLATES, {**BODY, "translations": texts}).status == 201


@pytest.mark.parametrize(("locale", "language"), [("fr-CH", "fr"), ("de", "en"), (None, "en")])
def test_a_preview_is_for_a_guests_locale(
    client: Client, locale: str | None, language: str
) -> None:
    body = {"content": BODY, "trigger": "Booking Created", "locale": locale}
    preview = client.post(f"{TEMPLATES}/preview", body).json
    assert preview["language"] == language
    assert f'<html lang="{language}"' in preview["html"]


def test_an_exported_template_is_imported_with_its_translations(client: Client) -> None:
    client.post(TEMPLATES, {**BODY, "id": "t-9"})
    file = client.get(f"{TEMPLATES}/t-9/export").json
    assert file == {**BODY, "format": "bookflow.template", "format_version": 1}
    copy = client.post(f"{TEMPLATES}/import", {"template": file, "name": "Copy", "id": "t-10"})
    assert copy.status == 201, copy.text
    again = client.get(f"{TEMPLATES}/t-10/export").json
    assert again == {**file, "name": "Copy"}
    taken = client.post(f"{TEMPLATES}/import", {"template": file, "id": "t-10"})
    assert taken.status == 409


def test_a_version_is_exported_as_it_was(client: Client) -> None:
    client.post(TEMPLATES, {**BODY, "id": "t-9"})
    client.put(f"{TEMPLATES}/t-9", {**BODY, "subject": "New", "translations": {}}, if_match='"1"')
    export = f"{TEMPLATES}/t-9/export"
    assert client.get(export).json["translations"] == {}
    first = client.get(export, version=1).json
    assert (first["subject"], first["translations"]) == ("Hello", BODY["translations"])


@pytest.mark.parametrize(
    "change", [{"format": "bookflow.workflow"}, {"format_version": 2}, {"graph": {}}]
)
def test_another_file_is_not_imported(client: Client, change: dict[str, Any]) -> None:
    answer = client.post(f"{TEMPLATES}/import", {"template": {**BODY, **change}})
    assert answer.status == 422
