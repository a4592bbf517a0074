"""Changes what the operators of a location set, and plans its reminders accordingly."""

from __future__ import annotations

from collections.abc import Iterator

from bookflow.domain.bookings.location_settings import (
    LocationRecord,
    LocationSettings,
    StoredSettings,
)
from bookflow.domain.messages.wording import own_text_problem
from bookflow.domain.shared.addresses import usable_phone
from bookflow.domain.shared.errors import InvalidInputError, NotFoundError, StaleRevisionError
from bookflow.ports import Ports
from bookflow.use_cases.reminders.follow_location import plan_location_anew, planning_terms
from bookflow.use_cases.surveys.manage_surveys import SurveyManager


class SettingsManager:
    """The settings of locations. They may be saved before the booking system states anything."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def save(
        self, location_id: str, settings: LocationSettings, *, based_on: int
    ) -> LocationRecord:
        """Store the settings in the place of the stored ones.

        Reminders are planned anew where the time zone, the quiet hours or the retention change.

        Args:
            location_id: The location.
            settings: Its settings; what they leave out is as the booking system states it.
            based_on: Revision of the stored settings; 0 where there are none.

        Raises:
            StaleRevisionError: `based_on` is not the stored revision.
            InvalidInputError: A phone number or an own text cannot be used, or there is no such
                survey.
            ConflictError: Another save came in between.
        """
        known = self._ports.bookings.location(location_id)
        if known.kept.revision == based_on + 1 and known.kept.settings == settings:
            # A repeated save whose first answer was lost; see `SavedRecord.has_saved`.
            return known
        if based_on != known.kept.revision:
            raise StaleRevisionError("settings", based_on=based_on, stored=known.kept.revision)
        kept = StoredSettings(settings, based_on + 1, self._ports.clock.now())
        record = LocationRecord(location_id, known.stated, kept)
        after = record.effective
        if after is not None:
            self._check(location_id, settings, after.country)
            if planning_terms(after) != planning_terms(known.effective):
                plan_location_anew(self._ports, location_id, settings_revision=kept.revision)
        self._ports.bookings.save_settings(location_id, kept)
        return record

    def _check(self, location_id: str, settings: LocationSettings, country: str | None) -> None:
        for field, number in _phones(settings):
            if usable_phone(number, country) is None:
                raise InvalidInputError(
                    "is not a phone number",
                    field=field,
                    remedy="Write it with its country prefix, such as +49.",
                )
        for language, texts in settings.wordings.items():
            for key, text in texts.items():
                problem = own_text_problem(key, text)
                if problem:
                    raise InvalidInputError(
                        problem[0], field=f"wordings.{language}.{key}", remedy=problem[1]
                    )
        if settings.survey_id is not None:
            try:
                SurveyManager(self._ports).get(location_id, settings.survey_id)
            except NotFoundError as error:
                raise InvalidInputError(
                    error.message, field="survey_id", remedy="Choose one of the surveys."
                ) from None


def _phones(settings: LocationSettings) -> Iterator[tuple[str, str]]:
    if settings.phone:
        yield "phone", settings.phone
    for index, admin in enumerate(settings.admins):
        if admin.phone:
            yield f"admins[{index}].phone", admin.phone
