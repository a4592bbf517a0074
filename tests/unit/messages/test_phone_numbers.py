"""Phone numbers of many countries, in each way that people write them, are read as what they are."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType, format_number

from bookflow.domain.shared.addresses import read_phone, read_sms_number, usable_phone

COUNTRIES = [
    "AT",
    "AU",
    "BE",
    "BR",
    "CA",
    "CH",
    "CN",
    "CU",
    "CZ",
    "DE",
    "DK",
    "ES",
    "FI",
    "FR",
    "GB",
    "GR",
    "HR",
    "ID",
    "IE",
    "IL",
    "IN",
    "IS",
    "IT",
    "JP",
    "KE",
    "KR",
    "MM",
    "MX",
    "NL",
    "NO",
    "NZ",
    "PH",
    "PL",
    "PT",
    "RU",
    "SE",
    "SG",
    "SK",
    "TH",
    "TR",
    "US",
    "VN",
    "XK",
    "ZA",
]
TAKES_SMS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def spellings(number: phonenumbers.PhoneNumber) -> dict[str, str]:
    """Return one number as it is written: each text means this number and no other."""
    right = format_number(number, PhoneNumberFormat.E164)
    return {
        "plus": format_number(number, PhoneNumberFormat.INTERNATIONAL),
        "two zeros": f"00{right[1:]}",
        "country code without plus": right[1:],
        "with spaces": format_number(number, PhoneNumberFormat.INTERNATIONAL)[1:],
        "national": format_number(number, PhoneNumberFormat.NATIONAL),
        "national, its first zero lost": phonenumbers.national_significant_number(number),
    }


def examples(kind: int) -> list[object]:
    found = [(each, phonenumbers.example_number_for_type(each, kind)) for each in COUNTRIES]
    return [
        pytest.param(country, number, spelling, text, id=f"{country} {spelling}")
        for country, number in found
        if number is not None
        for spelling, text in spellings(number).items()
    ]


@pytest.mark.parametrize(
    ("country", "number", "spelling", "text"), examples(PhoneNumberType.MOBILE)
)
def test_a_mobile_number_is_read_in_every_spelling(
    country: str, number: phonenumbers.PhoneNumber, spelling: str, text: str
) -> None:
    assert read_sms_number(text, country).number == format_number(number, PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    ("country", "number", "spelling", "text"), examples(PhoneNumberType.FIXED_LINE)
)
def test_a_landline_is_read_as_itself_or_not_at_all_and_gets_no_sms(
    country: str, number: phonenumbers.PhoneNumber, spelling: str, text: str
) -> None:
    right = format_number(number, PhoneNumberFormat.E164)
    assert read_phone(text, country).number in (right, None)
    if spelling in ("plus", "two zeros", "national"):
        assert read_phone(text, country).number == right
    sms = read_sms_number(text, country)
    if phonenumbers.number_type(number) in TAKES_SMS:
        assert sms.number == right
    else:
        assert sms.number is None
        assert sms.problem


@pytest.mark.parametrize(
    ("text", "country", "right"),
    [
        ("49 151 23456789", "DE", "+4915123456789"),
        ("(49) 151 23456789", "DE", "+4915123456789"),
        ("49(0)15123456789", "DE", "+4915123456789"),
        ("0049 151 23456789", None, "+4915123456789"),
        ("0049 151 23456789", "US", "+4915123456789"),
        ("1 (212) 555-0123", "US", "+12125550123"),
        # A number of another country without its plus cannot be told from a mistyped one.
        ("4915123456789", "US", None),
        ("4915123456789", None, None),
    ],
)
def test_other_spellings(text: str, country: str | None, right: str | None) -> None:
    assert usable_phone(text, country) == right


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("390 464 0726", "IT"),  # a mobile, or the landline +39 0464 0726
        ("53495610", "CU"),  # a mobile, or the landline +53 495610
        ("46 8 123 456", "SE"),  # the landline 046-812 34 56, or +46 8 123 456
    ],
)
def test_a_number_that_means_two_is_not_used(text: str, country: str) -> None:
    reading = read_sms_number(text, country)
    assert reading.number is None
    assert "can be read in two ways" in reading.problem


@pytest.mark.parametrize(
    ("text", "country", "kind"),
    [
        ("+49 30 123456", "DE", "a landline number"),
        ("0800 1234567", "DE", "a toll-free number"),
        ("0900 1234567", "DE", "a premium-rate number"),
        ("0180 1234567", "DE", "a shared-cost number"),
        ("09 12 34 56 78", "FR", "an internet telephone number"),
        ("070 1234 5678", "GB", "a number that forwards calls"),
        ("0164 1234567", "DE", "a pager number"),
        ("018500 123456", "DE", "a company number"),
        ("0177 99 1234567", "DE", "a voicemail number"),
    ],
)
def test_a_number_of_a_kind_that_takes_no_sms_is_named(text: str, country: str, kind: str) -> None:
    reading = read_sms_number(text, country)
    assert (reading.number, reading.problem) == (None, f"has {kind}, which takes no SMS")


def test_a_number_of_a_range_that_is_not_known_yet_is_taken() -> None:
    assert read_sms_number("+1 555 555 0100", None).number == "+15555550100"


@pytest.mark.parametrize(
    ("text", "country", "problem"),
    [
        (None, "DE", "has no phone number"),
        ("  ", None, "has no phone number"),
        ("call me", None, "has no usable phone number"),
        ("12345", "DE", "has no usable phone number"),
        (
            "0170 1234567",
            None,
            "has a phone number without + and country code, and the location has no country",
        ),
    ],
)
def test_what_is_missing_is_said(text: str | None, country: str | None, problem: str) -> None:
    assert read_sms_number(text, country).problem == problem
