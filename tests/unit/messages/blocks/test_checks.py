"""What is wrong with a document, each problem with its block as an operator sees it."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.domain.catalogue.variables import known_types
from bookflow.domain.messages.blocks.checks import block_problems, block_variables
from tests.unit.messages.blocks.documents import block, chip, document, filled, part, text


def messages(*blocks: dict[str, Any]) -> list[str]:
    return [each.message for each in block_problems(document(*blocks), known_types())]


def test_a_sound_document_has_no_problems() -> None:
    assert not messages(
        block("heading", "Hi"),
        block("paragraph", chip("customer.first_name", fallback="guest")),
        block("button", "Pay", url="https://p.example/?b={{ booking.id }}"),
        block("button", "Pay", url="{{ event.payment_url }}", show_if=filled("booking.id")),
        block("button", "Call", url="tel:{{ location.phone }}"),
        block("image", src="https://i.example/a.png", alt="A", width=100),
        block("social_links", links=[{"network": "x", "url": "https://x.com/a"}]),
        block("booking_details"),
        block("html", html="{% if booking.id %}<p>{{ booking.id }}</p>{% endif %}"),
        block("paragraph", chip("event.braces", format="date")),
    )


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (block("button", "Pay now"), "Button 'Pay now': the address is empty."),
        (block("button", url="https://a.example"), "Button: the button has no text."),
        (block("button", "Pay", url="www.a.example"),
         "Button 'Pay': the address does not begin as one."),
        (block("button", "Pay", url="javascript:alert(1)"),
         "Button 'Pay': the address does not begin as one."),
        (block("button", "Pay", url="https://a.example/{% if x %}a{% endif %}"),
         "Button 'Pay': the address has braces that hold no variable."),
        (block("button", "Pay", url="https://a.example/{{ x"),
         "Button 'Pay': the address has braces that hold no variable."),
        (block("button", "Pay", url="https://a.example/a b"),
         "Button 'Pay': the address holds a space."),
        (block("button", "Pay", url="https://a.example/{{ customer.first_nam }}"),
         "Button 'Pay': unknown variable customer.first_nam."),
        (block("button", "Pay", url="https://a.example/{{ booking.id | sha1 }}"),
         "Button 'Pay': the filter sha1 is not allowed."),
        (block("image", alt="A kayak", width=9),
         "Image 'A kayak': the address of the image is empty."),
        (block("image", src="mailto:a@example.com", alt="A", width=9),
         "Image 'A': the address of the image does not begin as one."),
        (block("image", src="https://a.example/", alt="A", width=9, url="a"),
         "Image 'A': the address of the link does not begin as one."),
        (block("image", src="https://a.example/", width=9),
         "Image: there is no description of the image."),
        (block("image", src="https://a.example/", alt="A"), "Image 'A': the image has no width."),
        (block("social_links"), "Social links: there are no links."),
        (block("social_links", links=[{"network": "tiktok"}]),
         "Social links: the address for TikTok is empty."),
        (block("booking_details", rows=[]), "Booking details: there are no rows."),
        (block("paragraph", "See ", text("here", link="")),
         "Text 'See here': the address of the link is empty."),
        (block("heading", "Hi ", chip("customer.first_nam", fallback="you")),
         "Heading 'Hi you': unknown variable customer.first_nam."),
        (block("paragraph", chip("booking.start_time", format="money")),
         "Text '…': booking.start_time cannot be written as money."),
        (block("paragraph", chip("booking.total_amount", format="time")),
         "Text '…': booking.total_amount cannot be written as a date or time."),
        (block("paragraph", "Hi", show_if=filled("customer.first_nam")),
         "Text 'Hi': unknown variable customer.first_nam."),
        (block("paragraph", "Hi", show_if=filled("custmer.first_name")),
         "Text 'Hi': in its condition, unknown variable custmer.first_name."),
        (block("divider", show_if={"all": []}),
         "Divider: in its condition, add a rule."),
        (block("html", html="<p>\n{{ booking.id | safe }}</p>"),
         "HTML: line 2: the filter safe is not allowed."),
        (block("html", html="{% if booking.id %}"), "HTML: line 1: a tag or block is not closed."),
        (block("html", html="<html><p>x</p></html>"), "HTML: a block cannot be a whole page."),
        (block("html", html="<p onclick='{{ booking.id }}'>x</p>"),
         "HTML: line 1: a variable is not allowed inside of the attribute onclick."),
    ],
)  # fmt: skip
def test_a_problem_names_its_block(written: dict[str, Any], problem: str) -> None:
    assert messages(block("divider"), written) == [problem]


def test_a_problem_says_where_its_block_is() -> None:
    inner = block("panel", block("divider"), block("button", "Pay"))
    found = block_problems(
        document(block("divider"), block("columns", part("column"), part("column", inner)))
    )

    assert [each.place for each in found] == [(1, 1, 0, 1)]


def test_long_texts_are_cut_in_names() -> None:
    (message,) = messages(block("button", "word " * 40))
    assert message.startswith("Button 'word word")
    assert len(message) < 80


def test_too_many_chips_are_one_problem_of_all_blocks() -> None:
    many = [block("paragraph", *([chip("booking.id", fallback="x")] * 50)) for _ in range(20)]
    (message,) = messages(*many)
    assert message.startswith("All blocks together: the template has more than 2000")


def reads(*blocks: dict[str, Any]) -> dict[str, bool]:
    return {each.path: each.guarded for each in block_variables(document(*blocks))}


def test_the_variables_of_every_place_are_read() -> None:
    assert reads(
        block("paragraph", chip("a.chip"), text("x", link="https://a.example/{{ a.link }}")),
        block("button", chip("a.label"), url="{{ a.address }}"),
        block("image", src="{{ a.source }}", url="{{ a.target }}"),
        block("social_links", links=[{"network": "x", "url": "{{ a.page }}"}]),
        block("panel", block("html", html="{% for g in a.guests %}{{ g.name }}{% endfor %}")),
        block("divider", show_if={"variable": "a.rule", "operator": "equals",
                                  "value": {"variable": "a.other"}}),
    ) == {
        **dict.fromkeys(("a.chip", "a.link", "a.label", "a.address", "a.source"), False),
        **dict.fromkeys(("a.target", "a.page", "a.guests", "a.guests.*.name"), False),
        **dict.fromkeys(("a.rule", "a.other"), True),
    }  # fmt: skip


PHONE = chip("customer.phone")


@pytest.mark.parametrize(
    ("written", "is_guarded"),
    [
        (block("paragraph", PHONE), False),
        (block("paragraph", chip("customer.phone", fallback="")), True),
        (block("paragraph", PHONE, show_if=filled("customer.phone")), True),
        (block("panel", block("paragraph", PHONE), show_if=filled("customer.phone")), True),
        (block("paragraph", PHONE, show_if={"all": [filled("customer.phone"), filled("b.c")]}), True),
        (block("paragraph", PHONE, show_if={"any": [filled("customer.phone"), filled("b.c")]}), False),
        (block("paragraph", PHONE, show_if={"not": filled("customer.phone")}), False),
        (block("paragraph", PHONE, show_if={"not": {"variable": "customer.phone",
                                                    "operator": "is_empty"}}), True),
        (block("paragraph", PHONE, show_if={"variable": "customer.phone", "operator": "equals",
                                            "value": "1"}), True),
        (block("paragraph", PHONE, show_if={"variable": "customer.phone",
                                            "operator": "not_equals", "value": "1"}), False),
        (block("button", "Call", url="tel:{{ customer.phone }}",
               show_if=filled("customer.phone")), True),
    ],
)  # fmt: skip
def test_a_rule_that_asks_for_a_value_allows_for_its_absence(
    written: dict[str, Any], is_guarded: bool
) -> None:
    found = [each.guarded for each in block_variables(document(written))]
    assert all(found) == is_guarded
