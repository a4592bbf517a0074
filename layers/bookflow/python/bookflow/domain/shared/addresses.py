"""E-mail addresses and phone numbers: whether they can be used, and how people may see them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


def usable_email(text: str | None) -> str | None:
    """Return the address in the form that mail servers take, or None if it is not one.

    A domain in other letters becomes its ASCII form. Whether the mailbox exists is not asked.
    """
    if not text or not text.strip():
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return found.ascii_email


def emails_in(text: str | None) -> Sequence[str]:
    """Return the usable addresses of a field as booking systems fill it, each once.

    See `written_emails`; the forms are those of `usable_email`.
    """
    found: dict[str, str] = {}
    for each in filter(None, map(usable_email, written_emails(text))):
        found.setdefault(each.lower(), each)
    return list(found.values())


def first_email(text: str | None) -> str | None:
    """Return where a message to the person of a field goes, or None without a usable address."""
    return next(iter(emails_in(text)), None)


def is_like_email(text: str) -> bool:
    """Return whether a text is meant as an e-mail address and not as a phone number."""
    return "@" in text or "＠" in text  # noqa: RUF001 - full width


def written_emails(text: str | None) -> Sequence[str]:
    """Return what a field names as addresses, without display names, `mailto:` and quotes.

    Whether they are addresses is not asked. Commas, semicolons and line breaks part them, and
    so does space between words that are all addresses. Where another word stands alone, such as
    in `john, smith@example.com`, nobody knows whether it belongs to an address: a message to a
    stranger is worse than none, so that the part, or with commas the field, names none.
    """
    if not text:
        return []
    found: list[str] = []
    name = ""
    for part in filter(None, map(_stripped, _PARTS.findall(text.translate(_HALF_WIDTH)))):
        if "@" not in part:
            name = part
            continue
        mailbox = _MAILBOX.fullmatch(part)
        if name and mailbox is None:
            return []
        name = ""
        words = [mailbox["address"]] if mailbox else part.split()
        if all("@" in word or not re.search(r"\w", word) for word in words):
            found += [_bare(word) for word in words if "@" in word]
    return [] if name else found


_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width letters and signs, as Chinese and Japanese keyboards write them."""

_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.){0,320}"|<[^<>]*>|[^,;\r\n])+')
"""A quotation that never ends is looked for no further than this, from each of its signs."""
_MAILBOX = re.compile(r"[^<>]*<(?P<address>[^<>\s]+)>")
"""An address with a display name (RFC 5322, 3.4), which may hold commas though it should not."""


_INVISIBLE = "".join(
    map(chr, (*range(0x200B, 0x2010), 0x202A, 0x202C, 0x2060, 0x2066, 0x2069, 0xFEFF))
)
"""What is copied along with an address. U+202E is not: it shows another address than it is."""


def _stripped(part: str) -> str:
    return part.strip(_INVISIBLE + " \t\u00a0\u3000")


def _bare(word: str) -> str:
    for quote in "'\"":
        if word.startswith(quote) and word.endswith(quote):
            word = word[1:-1]
    if word[:7].lower() == "mailto:":
        word = unquote(word[7:].partition("?")[0])
    return word.rstrip(".")


@dataclass(frozen=True)
class PhoneReading:
    """A phone number as it was read.

    Attributes:
        number: In E.164 form; None where it cannot be used.
        problem: What its owner then has, in words: `has a landline number, …`.
    """

    number: str | None = field(default=None, repr=False)
    problem: str = ""


def usable_phone(text: str | None, country: str | None) -> str | None:
    """Return the number in E.164 form, or None if it is not one; see `read_phone`."""
    return read_phone(text, country).number


def read_phone(text: str | None, country: str | None) -> PhoneReading:
    """Read a number as people and booking systems write it.

    A number with a plus needs a possible length only: tables of number ranges age, and the
    network refuses dead numbers. One without it is read as a number of `country` (ISO 3166), and
    has to be valid there, as the country is a guess. It may also carry the country's own code, or
    `00` and any code. Where both readings are valid, the one with the code counts if it alone
    can take an SMS, so `4915123456789` in Germany is a mobile of +49 and no landline of Leer.
    Anything else is in doubt and is not used: a message to a stranger is worse than none.
    """
    written = (text or "").strip()
    if not written:
        return PhoneReading(problem="has no phone number")
    import phonenumbers

    if written.startswith(("+", "＋", "tel:+")):  # noqa: RUF001 - full width
        stated = _parsed(written, None)
        reason = stated and phonenumbers.is_possible_number_with_reason(stated)
        if stated is None or reason != phonenumbers.ValidationResult.IS_POSSIBLE:
            return PhoneReading(problem=_UNUSABLE)
        return PhoneReading(_e164(stated))
    readings = {_e164(found): found for found in _valid_readings(written, country)}
    if len(readings) > 1:
        able = [number for number, found in readings.items() if _lack_for_sms(found) is None]
        # The first reading is the one without the code.
        if len(able) != 1 or able[0] == next(iter(readings)):
            return PhoneReading(problem=_TWO_WAYS)
        return PhoneReading(able[0])
    if readings:
        return PhoneReading(next(iter(readings)))
    return PhoneReading(problem=_UNUSABLE if country or not is_like_phone(written) else _NO_COUNTRY)


def read_sms_number(text: str | None, country: str | None) -> PhoneReading:
    """Read a number that an SMS is to go to: one of a kind that can take it.

    The numbering plans of the countries know the kinds (libphonenumber's number types). A number
    of a kind that they do not know may be new, and is taken.
    """
    reading = read_phone(text, country)
    if reading.number is None:
        return reading
    parsed = _parsed(reading.number, None)
    lack = parsed and _lack_for_sms(parsed)
    return PhoneReading(problem=f"has {lack}, which takes no SMS") if lack else reading


_UNUSABLE = "has no usable phone number"
_NO_COUNTRY = "has a phone number without + and country code, and the location has no country"
_TWO_WAYS = "has a phone number that can be read in two ways (write it with + and the country code)"


def _valid_readings(text: str, country: str | None) -> Iterator[PhoneNumber]:
    """Yield what a number without a plus may mean: a number of the country, one with its code."""
    import phonenumbers

    digits = phonenumbers.normalize_digits_only(text)
    written = [_parsed(text, country)]
    if digits.startswith("00"):
        written.append(_parsed(f"+{digits[2:]}", None))
    elif country and digits.startswith(str(phonenumbers.country_code_for_region(country))):
        written.append(_parsed(f"+{digits}", None))
    return (found for found in written if found and phonenumbers.is_valid_number(found))


def _parsed(text: str, country: str | None) -> PhoneNumber | None:
    import phonenumbers

    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: PhoneNumber) -> str:
    import phonenumbers

    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _lack_for_sms(number: PhoneNumber) -> str | None:
    """Return what kind of number it is if that kind takes no SMS.

    Personal numbers, such as 070 in the United Kingdom, forward calls and nothing else.
    """
    from phonenumbers import PhoneNumberType, number_type

    kinds = {
        PhoneNumberType.FIXED_LINE: "a landline number",
        PhoneNumberType.TOLL_FREE: "a toll-free number",
        PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
        PhoneNumberType.SHARED_COST: "a shared-cost number",
        PhoneNumberType.VOIP: "an internet telephone number",
        PhoneNumberType.PERSONAL_NUMBER: "a number that forwards calls",
        PhoneNumberType.PAGER: "a pager number",
        PhoneNumberType.UAN: "a company number",
        PhoneNumberType.VOICEMAIL: "a voicemail number",
    }
    return kinds.get(number_type(number))


def is_like_phone(text: str) -> bool:
    """Return whether a text is a phone number at all; of which country is not asked."""
    import phonenumbers

    try:
        phonenumbers.parse(text.strip(), "US")
    except phonenumbers.NumberParseException:
        return False
    return True


def masked_email(address: str) -> str:
    """Return an address as steps show it: `a…@example.com`."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"


def masked_phone(number: str) -> str:
    """Return a number as steps show it: `+49…56`."""
    return f"{number[:3]}…{number[-2:]}"
