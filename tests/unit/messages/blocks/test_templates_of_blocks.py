"""Templates made of blocks on their way: saved, previewed, checked at publish, and sent."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.actions.send_template import SendTemplate
from bookflow.domain.catalogue.samples import sample_context
from bookflow.domain.messages.blocks.model import walk
from bookflow.domain.shared.errors import PermanentError
from bookflow.domain.templates import TemplateContent, TemplateText
from bookflow.gallery.templates import ready_made_templates
from bookflow.use_cases.messages.manage_templates import InvalidTemplateError, TemplateManager
from bookflow.use_cases.preview.preview_template import problems_of, render_preview
from bookflow.use_cases.workflows.check_graph import check_graph
from tests.fakes import FakePorts
from tests.unit.actions.conftest import Run, ports, run
from tests.unit.actions.samples import CUSTOMER, LOCATION, scope, template
from tests.unit.messages.blocks.documents import block, chip, document, filled
from tests.unit.runtime.samples import LOCATION_ID, graph, new_ports, save

__all__ = ["ports", "run"]

PHONE = block("paragraph", "Call ", chip("customer.phone"), show_if=filled("customer.phone"))
DETAILS = block("booking_details", rows=["activity", "confirmation_code"])
HELLO = block("paragraph", "Dear ", chip("customer.first_name", fallback="guest"))


def content(*blocks: dict[str, Any], **changes: Any) -> TemplateContent:
    return TemplateContent(name="Blocks", subject="Hi", blocks=document(*blocks), **changes)


def sent(ports: FakePorts, run: Run, *blocks: dict[str, Any], **about: Any) -> Any:
    changes = about.pop("changes", {})
    own = template(html="", blocks=document(*blocks), channel="email", **changes)
    ports.templates.stored["loc-1", "t-1"] = own
    run(SendTemplate, {"template": "t-1"}, scope(**about))
    return ports.mailer.sent[-1]


def test_the_mail_has_the_layout_and_a_text_of_its_own(ports: FakePorts, run: Run) -> None:
    email = sent(ports, run, HELLO, PHONE, DETAILS)

    assert ">Dear Ada</p>" in email.html
    assert ">Booking code</th>" in email.html
    assert email.html.startswith("<!doctype html>")
    assert email.text == (
        "Dear Ada\n\nCall 0170 1234567\n\nWhat: Sunset kayak tour\nBooking code: KAY-4711"
    )


def test_a_rule_is_judged_for_each_message(ports: FakePorts, run: Run) -> None:
    email = sent(ports, run, HELLO, PHONE, customer=CUSTOMER.model_copy(update={"phone": None}))

    assert email.text == "Dear Ada"
    assert "Call" not in email.html


def test_a_rule_that_is_relative_to_now_is_judged_when_the_step_runs(
    ports: FakePorts, run: Run
) -> None:
    recent = {"variable": "booking.start_time", "operator": "within_last",
            "value": {"value": 10, "unit": "days"}}  # fmt: skip
    email = sent(ports, run, HELLO, block("paragraph", "Welcome back!", show_if=recent))

    assert email.text == "Dear Ada\n\nWelcome back!"


def test_each_translation_has_blocks_and_words_of_its_language(ports: FakePorts, run: Run) -> None:
    german = TemplateText(
        subject="Hallo", blocks=document(block("paragraph", "Guten Tag"), DETAILS)
    )
    email = sent(
        ports,
        run,
        HELLO,
        customer=CUSTOMER.model_copy(update={"locale": "de-DE"}),
        changes={"translations": {"de": german}},
    )

    assert email.text == "Guten Tag\n\nWas: Sunset kayak tour\nBuchungscode: KAY-4711"


def test_a_location_words_the_details_itself(ports: FakePorts, run: Run) -> None:
    own = {"en": {"details_confirmation_code": "Your <code>"}}
    email = sent(ports, run, DETAILS, location=LOCATION.model_copy(update={"wordings": own}))

    assert "Your <code>: KAY-4711" in email.text
    assert "Your &lt;code&gt;</th>" in email.html


def test_a_text_that_is_written_for_it_comes_before_that_of_the_blocks(
    ports: FakePorts, run: Run
) -> None:
    assert sent(ports, run, HELLO, changes={"text": "Hand-written"}).text == "Hand-written"


def test_raw_html_is_in_the_text_as_well(ports: FakePorts, run: Run) -> None:
    raw = block("html", html="<ul><li>{{ booking.id }}</li></ul>")
    assert sent(ports, run, HELLO, raw).text == "Dear Ada\n\n- b-1"


def test_a_failed_step_names_the_block(ports: FakePorts, run: Run) -> None:
    with pytest.raises(PermanentError) as raised:
        sent(ports, run, HELLO, block("button", "Pay now", url="{{ booking.payment_url }}"))
    assert "Button 'Pay now': booking.payment_url has no value here." in str(raised.value)


def test_only_errors_keep_a_template_from_being_saved() -> None:
    manager = TemplateManager(FakePorts())
    manager.check(content(block("image", src="https://i.example/a.png")))
    with pytest.raises(InvalidTemplateError) as raised:
        manager.check(content(HELLO, block("button", "Pay now")))
    (problem,) = raised.value.problems
    assert (problem.field, problem.block) == ("blocks", (1,))
    assert problem.message == "Button 'Pay now': the address is empty."


def test_a_problem_of_a_translation_names_it() -> None:
    broken = TemplateText(blocks=document(block("button", "Zahlen")))
    (problem,) = problems_of(content(HELLO, translations={"de": broken}))
    assert problem.field == "translations.de.blocks"
    assert "German" in problem.message


def test_a_preview_shows_what_the_booking_has_and_warns_of_the_rest() -> None:
    missing = block("paragraph", "Pay ", chip("booking.payment_url"))
    shown = render_preview(content(HELLO, PHONE, missing), "Booking Created", sample_context())

    assert shown.html is None
    (problem,) = shown.problems
    assert problem.message == "Text 'Pay …': booking.payment_url has no value here."
    fine = render_preview(content(HELLO, PHONE), "Booking Created", sample_context())
    assert fine.text == "Dear Ada\n\nCall +49 151 2345 6789"
    assert not fine.problems


def test_a_hidden_block_with_a_missing_value_is_no_problem_of_a_preview() -> None:
    pay = block("button", "Pay", url="{{ booking.payment_url }}",
                show_if=filled("booking.payment_url"))  # fmt: skip
    other = TemplateText(blocks=document(pay, HELLO))
    shown = render_preview(
        content(HELLO, pay, translations={"fr": other}), "Booking Created", sample_context()
    )
    assert not shown.problems


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (block("paragraph", chip("customer.phone")),
         "Text '…': customer.phone can be without a value. Then this text fails."),
        (block("button", "Pay", url="https://p.example/{{ booking.confirmation_code }}"),
         "Button 'Pay': booking.confirmation_code can be without a value. Then this text fails."),
        (block("paragraph", "Rated ", chip("event.overall_rating")),
         "Text 'Rated …': Unknown variable event.overall_rating."),
    ],
)  # fmt: skip
def test_publishing_asks_for_fallbacks_in_blocks(written: dict[str, Any], reason: str) -> None:
    (problem,) = publish_problems(written)
    assert problem.reason == reason
    assert problem.field == "config.template.blocks"
    assert problem.severity == "error"


def test_publishing_accepts_what_a_rule_or_a_fallback_allows_for() -> None:
    asked = {"variable": "event.overall_rating", "operator": "greater", "value": 3}
    assert not publish_problems(
        HELLO, PHONE, DETAILS, block("paragraph", chip("event.overall_rating"), show_if=asked)
    )


def publish_problems(*blocks: dict[str, Any]) -> list[Any]:
    ports = new_ports()
    stored = ports.templates.get(LOCATION_ID, "welcome")
    ports.templates.save(
        stored.changed(version=2, html="", blocks=document(*blocks), channel="email")
    )
    mail = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
    return check_graph(save(ports, "wf-draft", graph(mail)), ports)


def test_every_ready_made_e_mail_is_made_of_blocks_without_jinja() -> None:
    for name, ready in ready_made_templates().items():
        assert not ready.html, name
        assert bool(ready.blocks) == (ready.channel != "sms"), name
        assert all(each.type != "html" for each in walk(ready.blocks or ())), name
