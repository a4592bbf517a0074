"""What the operators of a location set: it overrides what the booking system states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from bookflow.domain.bookings.records import (
    Contact,
    DatePause,
    Location,
    TimeZone,
    fields_set,
)
from bookflow.domain.shared.addresses import usable_email, usable_phone
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.locales import known_locale
from bookflow.domain.shared.wall_time import QuietHours


def _usable(address: str) -> str:
    if usable_email(address) is None:
        raise ValueError("must be an e-mail address")
    return address


def _known_language(tag: str) -> str:
    if "_" in tag or known_locale(tag) is None:
        raise ValueError("must be a language that is known (BCP 47), such as de-DE")
    return tag


def _sms_number(text: str) -> str:
    number = usable_phone(text, None)
    if number is None:
        raise ValueError("must be a phone number with + and the country's prefix")
    return number


MAX_WORDED_LANGUAGES = 31
MAX_WORDINGS_BYTES = 32 * 1024
"""They are read with the location for each event."""

MAX_WORDING = 500
"""Characters of one of them."""

WordedLanguage = Annotated[str, Field(max_length=35), AfterValidator(_known_language)]
MessageId = Annotated[str, Field(max_length=60, pattern=r"^[a-z_]+$")]
TestNumber = Annotated[str, Field(max_length=40), AfterValidator(_sms_number)]
EmailAddress = Annotated[str, Field(max_length=320), AfterValidator(_usable)]


class Admin(Contact):
    """Somebody who runs the location and is written to."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = Field(min_length=1, max_length=200)
    email: EmailAddress | None = None
    phone: str | None = Field(default=None, max_length=40)


_OWN = frozenset({"test_numbers", "failure_alerts"})
"""Fields that no message or rule reads: the location as workflows see it has none of them."""


class LocationSettings(BaseModel):
    """Fields of a location as its operators want them.

    A field that is left out is as the booking system states it. Null, where it is allowed, means
    that there is none, whatever the booking system states.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str = Field(default="", min_length=1, max_length=200)
    timezone: TimeZone = Field(default="UTC", max_length=64, examples=["Europe/Berlin"])
    locale: Annotated[str, AfterValidator(_known_language)] = Field(
        default="en", max_length=35, examples=["de-DE"]
    )
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$", examples=["DE"])
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", examples=["EUR"], description="Of its prices"
    )
    email: EmailAddress | None = Field(default=None, description="Where replies go")
    phone: str | None = Field(default=None, max_length=40)
    address: str = Field(default="", max_length=1000)
    directions: str = Field(default="", max_length=4000)
    admins: tuple[Admin, ...] = Field(default=(), max_length=50)
    retention_days: int = Field(
        default=90, ge=1, le=3650, description="Life of execution and audit records"
    )
    booking_retention_days: int = Field(
        default=730,
        ge=30,
        le=3650,
        description="Life of bookings after their end, with customers, notes, tasks and answers",
    )
    survey_id: Identifier | None = None
    quiet_hours: QuietHours | None = None
    marketing_per_day: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Most marketing messages and surveys that a guest gets on a day; a step counts "
        "once, whatever its channels. Null for any number",
        examples=[1],
    )
    marketing_pauses: tuple[DatePause, ...] = Field(
        default=(),
        max_length=100,
        description="Local dates without marketing and surveys; reminders and other messages go on",
        examples=[[{"first": "2026-12-24", "last": "2027-01-01"}]],
    )
    wordings: dict[
        WordedLanguage,
        dict[MessageId, Annotated[str, Field(min_length=1, max_length=MAX_WORDING)]],
    ] = Field(
        default_factory=dict,
        max_length=MAX_WORDED_LANGUAGES,
        description="Own words for what Bookflow adds to messages and pages: by language, then by "
        "the id of the text",
        examples=[{"de": {"unsubscribe_link": "Hier abmelden"}}],
    )
    track_messages: bool = Field(
        default=False,
        description="Whether it is recorded when e-mails are opened and their links used; needs "
        "the guests' consent in many countries",
    )
    failure_alerts: bool = Field(
        default=True,
        description="Whether the admins get an e-mail when executions fail, at most one an hour",
    )
    test_numbers: tuple[TestNumber, ...] = Field(
        default=(),
        max_length=20,
        description="Phone numbers that a test SMS may go to",
        examples=[["+4915112345678"]],
    )

    @field_validator("wordings")
    @classmethod
    def _are_few(cls, wordings: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        size = sum(len(text.encode()) for texts in wordings.values() for text in texts.values())
        if size > MAX_WORDINGS_BYTES:
            raise ValueError(f"must have {MAX_WORDINGS_BYTES // 1024} KiB of text at most")
        return wordings

    def over(self, location: Location) -> Location:
        """Return the location with these settings in the place of what was stated."""
        own = {name: value for name, value in fields_set(self).items() if name not in _OWN}
        return type(location)(**{**fields_set(location), **own})


@dataclass(frozen=True)
class StoredSettings:
    """Settings as they are stored.

    Attributes:
        revision: Count of saves, the optimistic lock; 0 where nothing was ever saved.
    """

    settings: LocationSettings = field(default_factory=LocationSettings)
    revision: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True)
class LocationRecord:
    """A location from its two sources.

    Attributes:
        stated: As the booking system states it; None if it never did.
    """

    id: str
    stated: Location | None
    kept: StoredSettings

    @property
    def effective(self) -> Location | None:
        """The location as workflows see it; None if neither source knows it."""
        if self.stated is None and self.kept.revision == 0:
            return None
        return self.kept.settings.over(self.stated or Location(id=self.id))
