"""Messages reach the number and the addresses that are meant, and only those that can be reached."""

from __future__ import annotations

import pytest

from bookflow.actions.base import StepSkipped
from bookflow.actions.send_template import SendTemplate
from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.domain.bookings.records import Customer
from bookflow.domain.executions.execution import ReasonCode
from bookflow.domain.shared.addresses import usable_phone
from tests.cases.commands import check, simulate, workflow
from tests.cases.conftest import Run
from tests.unit.actions.samples import LOCATION, scope, template
from tests.unit.events.samples import sample


@pytest.mark.parametrize(
    ("text", "country", "right"),
    [
        ("4915123456789", "DE", "+4915123456789"),
        ("49 151 23456789", "DE", "+4915123456789"),
        ("49-170-1234567", "DE", "+491701234567"),
        ("62812345678", "ID", "+62812345678"),
    ],
)
def test_a_country_code_without_plus_is_not_doubled(text: str, country: str, right: str) -> None:
    assert usable_phone(text, country) == right


LANDLINES = [
    pytest.param("+49 30 123456", "DE", id="Berlin"),
    pytest.param("+33 1 42 68 53 00", "FR", id="Paris"),
    pytest.param("020 7946 0958", "GB", id="London"),
    pytest.param("0900 1234567", "DE", id="premium rate"),
    pytest.param("0800 1234567", "DE", id="toll-free"),
]


@pytest.mark.parametrize(("phone", "country"), LANDLINES)
def test_an_sms_to_a_number_that_takes_none_is_skipped(
    ports: InMemoryPorts, run: Run, phone: str, country: str
) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(channel="sms")
    where = scope(
        location=LOCATION.model_copy(update={"country": country}),
        customer=Customer(id="c-1", first_name="Ada", email="ada@example.com", phone=phone),
    )
    with pytest.raises(StepSkipped) as caught:
        run(SendTemplate, {"template": "t-1"}, where)
    assert caught.value.reason is ReasonCode.NO_RECIPIENT
    assert ports.texter.sent == []


@pytest.mark.parametrize(("phone", "country"), LANDLINES)
def test_a_number_that_takes_no_sms_is_unreached_while_the_e_mail_goes_out(
    ports: InMemoryPorts, run: Run, phone: str, country: str
) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(channel="both")
    where = scope(
        location=LOCATION.model_copy(update={"country": country}),
        customer=Customer(id="c-1", first_name="Ada", email="ada@example.com", phone=phone),
    )
    output = run(SendTemplate, {"template": "t-1"}, where)
    assert [email.to for email in ports.mailer.sent] == ["ada@example.com"]
    assert ports.texter.sent == []
    assert len(output["unreached"]) == 1


def to_custom(recipient: str) -> dict[str, object]:
    config = {"template": "welcome", "recipient_type": "custom", "custom_recipient": recipient}
    return {"id": "send", "type": "send_template", "config": config}


@pytest.mark.parametrize(
    "recipient",
    [
        "bo@example.com, cy@example.com",
        "bo@example.com; cy@example.com, BO@example.com",
        "{{ booking.guests | join(', ', attribute='email') }}",
    ],
)
def test_each_address_of_a_list_is_written_to_once(recipient: str) -> None:
    exported = workflow(to_custom(recipient))
    assert [each for each in check(exported) if each["severity"] == "error"] == []
    guests = [{"name": "Bo", "email": "bo@example.com"}, {"name": "Cy", "email": "cy@example.com"}]
    entries = simulate(exported, sample("booking_created", booking={"guests": guests}))
    emails = [
        email["to"]
        for entry in entries
        for _, email in entry["details"].get("plan", {}).get("emails", ())
    ]
    assert [address.lower() for address in emails] == ["bo@example.com", "cy@example.com"]
