"""Surveys and their invitations in DynamoDB: the port `SurveyStore`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bookflow.adapters.dynamodb.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.keys import Key, partition
from bookflow.adapters.dynamodb.table import NEW, ConditionFailedError, Put, Table, time_to_live
from bookflow.domain.errors import NotFoundError
from bookflow.domain.surveys import Survey

if TYPE_CHECKING:
    from bookflow.domain.records import SurveyInvitation


class DynamoDBSurveys:
    """Keeps surveys in one partition of their location, and each invitation by its token's hash."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, location_id: str, survey_id: str) -> Survey:
        """Return the survey.

        Raises:
            NotFoundError: The location has no such survey.
        """
        item = self._table.get(_key(location_id, survey_id))
        if item is None:
            raise NotFoundError("there is no such survey in this location", field="survey_id")
        return decode_model(Survey, item["data"])

    def put(self, survey: Survey) -> None:
        """Store the survey."""
        key = _key(survey.location_id, survey.id)
        self._table.put(Put({"PK": key.pk, "SK": key.sk, "data": encode_model(survey)}))

    def invite(self, invitation: SurveyInvitation) -> None:
        """Store an invitation; one that is stored already stays as it is."""
        item = {
            "PK": partition(invitation.location_id, "INVITATION", invitation.token_hash),
            "SK": "INVITATION",
            "expires_at": time_to_live(invitation.expires_at),
            "data": encode_model(invitation),
        }
        with suppress(ConditionFailedError):
            self._table.put(Put(item, NEW))


def _key(location_id: str, survey_id: str) -> Key:
    return Key(partition(location_id, "SURVEYS"), survey_id)
