"""E-mail addresses and phone numbers: whether they can be used, and how people may see them."""

from __future__ import annotations


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


def usable_phone(text: str | None, country: str | None) -> str | None:
    """Return the number in E.164 form, or None if it is not one.

    A number with its country prefix needs a possible length only: tables of number ranges age,
    and the network refuses dead numbers. One without a prefix is read as a number of `country`
    (ISO 3166), and has to be valid there, as the country is a guess.
    """
    if not text or not text.strip():
        return None
    import phonenumbers

    international = text.strip().startswith(("+", "＋", "tel:+"))  # noqa: RUF001 - full width
    try:
        number = phonenumbers.parse(text.strip(), None if international else country)
    except phonenumbers.NumberParseException:
        return None
    if international:
        reason = phonenumbers.is_possible_number_with_reason(number)
        usable = reason == phonenumbers.ValidationResult.IS_POSSIBLE
    else:
        usable = phonenumbers.is_valid_number(number)
    if not usable:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


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
