"""Surveys, invitations and responses in DynamoDB: the port `SurveyStore`."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bookflow.adapters.dynamodb.base import records
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import Key, booking_key, partition, utc_text
from bookflow.adapters.dynamodb.base.library import DynamoDBLibrary
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    ContendedError,
    Delete,
    Expression,
    Item,
    Put,
    Table,
    time_to_live,
    unchanged_since,
)
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.shared.pagination import FIRST_PAGE, PAGE_SIZE, Page, PageRequest
from bookflow.domain.surveys.records import SurveyInvitation, SurveyResponse
from bookflow.domain.surveys.results import SurveyTally
from bookflow.domain.surveys.survey import Survey
from bookflow.ports import Invited

TRIES = 8
"""Tries to count a response while others are counted, before the customer is asked to retry."""

KNOWN_AFTER_EXPIRY = timedelta(days=90)
"""How long an invitation outlives its link, so that the page can say that it has expired."""

_PAUSE_SECONDS = 0.05
_INVITATION = "INVITATION"
_RESPONSE = "RESPONSE"


class DynamoDBSurveys(DynamoDBLibrary[Survey, Survey]):
    """Keeps each invitation by its token's hash.

    A response lies beside its invitation, so a token has one response at most. The survey's
    tally is one item, changed in the response's own transaction: each response counts once.

    Args:
        table: The product's table.
        sleep: Waits some seconds between two tries.
    """

    model = Survey

    def __init__(self, table: Table, *, sleep: Callable[[float], object] = time.sleep) -> None:
        super().__init__(table)
        self._sleep = sleep

    def listed(self, item: Item) -> Survey:
        """Return the survey whole."""
        return decode_model(Survey, item["data"])

    def ask(self, invitation: SurveyInvitation, asked_by: str) -> str:
        """Note who asks the survey about the booking; return who was the first (one call)."""
        key = _asked_key(invitation)
        item = {
            **key.attributes,
            "asked_by": asked_by,
            "expires_at": time_to_live(invitation.kept_until),
        }
        try:
            self.table.put(Put(item, NEW))
        except ConditionFailedError as failure:
            found = failure.found or self.table.get(key) or item
            return str(found["asked_by"])
        return asked_by

    def invite(self, invitation: SurveyInvitation) -> None:
        """Store an invitation; one that is stored already stays as it is."""
        key = _token_key(invitation.location_id, invitation.token_hash, _INVITATION)
        item = {
            **key.attributes,
            **_of_booking(invitation),
            "expires_at": time_to_live(invitation.expires_at + KNOWN_AFTER_EXPIRY),
            "data": encode_model(invitation),
        }
        with suppress(ConditionFailedError):
            self.table.put(Put(item, NEW))

    def invited(self, location_id: str, token_hash: str) -> Invited:
        """Return the invitation of a token and the response to it (consistent)."""
        invitation = _token_key(location_id, token_hash, _INVITATION)
        response = _token_key(location_id, token_hash, _RESPONSE)
        items = self.table.get_many([invitation, response])
        return Invited(
            decode_model(SurveyInvitation, items[invitation]["data"])
            if invitation in items
            else None,
            decode_model(SurveyResponse, items[response]["data"]) if response in items else None,
        )

    def respond(self, response: SurveyResponse) -> SurveyResponse:
        """Store and count the response unless there is one; return the stored one either way.

        Raises:
            TransientError: Other responses were counted first, several times.
        """
        for attempt in range(TRIES):
            tally = self.tally(response.location_id, response.survey_id).counting(response)
            key = _tally_key(tally.location_id, tally.survey_id)
            item = {
                **key.attributes,
                "revision": tally.revision,
                "data": encode_model(tally),
            }
            counted = Put(item, unchanged_since(tally.revision - 1))
            try:
                self.table.transact([Put(_response_item(response), NEW), counted])
            except (ConditionFailedError, ContendedError):
                stored = self.invited(response.location_id, response.token_hash).response
                if stored is not None:
                    return stored
                self._sleep(random.uniform(0, _PAUSE_SECONDS * 2**attempt))  # noqa: S311
            else:
                return response
        raise TransientError(
            f"Other responses to the same survey were counted first, {TRIES} times.",
            remedy="Send the answers again.",
        )

    def mark_announced(self, response: SurveyResponse) -> None:
        """Remember that the response's event is on the bus; nothing else of it ever changes."""
        self.table.put(Put(_response_item(response.changed(announced=True))))

    def of_booking(self, location_id: str, booking_id: str) -> Sequence[Invited]:
        """Return what was asked about a booking, and the answers (two calls)."""
        pk = partition(location_id, "BOOKING", booking_id, "SURVEYS")
        asked: dict[str, Invited] = {}
        for item in self.table.query_index("GSI3", pk):
            if item["SK"] == _INVITATION:
                invitation = decode_model(SurveyInvitation, item["data"])
                known = asked.get(invitation.token_hash, Invited())
                asked[invitation.token_hash] = replace(known, invitation=invitation)
            else:
                response = decode_model(SurveyResponse, item["data"])
                known = asked.get(response.token_hash, Invited())
                asked[response.token_hash] = replace(known, response=response)
        return list(asked.values())

    def withdraw(self, invitation: SurveyInvitation) -> None:
        """Delete an invitation, whose link is worth nothing then; a missing one is no error."""
        key = _token_key(invitation.location_id, invitation.token_hash, _INVITATION)
        self.table.transact([Delete(key)])

    def overwrite(self, response: SurveyResponse) -> None:
        """Store a response anew that is stored already; it is not counted again."""
        with suppress(ConditionFailedError):
            self.table.put(Put(_response_item(response), Expression("attribute_exists(#PK)")))

    def unannounced(
        self, location_id: str, *, until: datetime, limit: int = PAGE_SIZE
    ) -> Sequence[SurveyResponse]:
        """Return the oldest responses up to `until` whose event is not known to be on the bus."""
        page = self.table.query_page(
            _unannounced(location_id),
            PageRequest(limit),
            index="GSI2",
            # "~" sorts behind every token.
            between=("0", f"{utc_text(until)}~"),
        )
        responses = records.decoded(SurveyResponse, page).items
        # The index may be behind the record.
        return [response for response in responses if not response.announced]

    def tally(self, location_id: str, survey_id: str) -> SurveyTally:
        """Return the survey's counts (consistent); those of no response are zero."""
        item = self.table.get(_tally_key(location_id, survey_id))
        if item is None:
            return SurveyTally(location_id=location_id, survey_id=survey_id)
        return decode_model(SurveyTally, item["data"])

    def comments(
        self, location_id: str, survey_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[SurveyResponse]:
        """Return a page of the responses that hold a text, newest first.

        One stored a moment ago may be missing.
        """
        page = self.table.query_page(
            _comments(location_id, survey_id), request, index="GSI1", newest_first=True
        )
        return records.decoded(SurveyResponse, page)


def _response_item(response: SurveyResponse) -> dict[str, Any]:
    key = _token_key(response.location_id, response.token_hash, _RESPONSE)
    item = {
        **key.attributes,
        **_of_booking(response),
        "expires_at": time_to_live(response.kept_until),
        "data": encode_model(response),
    }
    if response.has_comment:
        item["GSI1PK"] = _comments(response.location_id, response.survey_id)
        item["GSI1SK"] = f"{utc_text(response.submitted_at)}#{response.token_hash[:16]}"
    if not response.announced:
        item["GSI2PK"] = _unannounced(response.location_id)
        item["GSI2SK"] = f"{utc_text(response.submitted_at)}#{response.token_hash[:16]}"
    return item


def _of_booking(about: SurveyInvitation | SurveyResponse) -> dict[str, str]:
    """Return the keys that lead from a booking to what was asked about it."""
    return {
        "GSI3PK": partition(about.location_id, "BOOKING", about.booking_id, "SURVEYS"),
        "GSI3SK": about.token_hash,
    }


def _asked_key(invitation: SurveyInvitation) -> Key:
    booking = booking_key(invitation.location_id, invitation.booking_id)
    return Key(booking.pk, f"ASKED#{invitation.survey_id}")


def _token_key(location_id: str, token_hash: str, kind: str) -> Key:
    return Key(partition(location_id, "INVITATION", token_hash), kind)


def _tally_key(location_id: str, survey_id: str) -> Key:
    return Key(partition(location_id, "SURVEY", survey_id), "TALLY")


def _unannounced(location_id: str) -> str:
    return partition(location_id, "UNANNOUNCED")


def _comments(location_id: str, survey_id: str) -> str:
    return partition(location_id, "SURVEY", survey_id, "COMMENTS")
