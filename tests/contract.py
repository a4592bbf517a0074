"""What schemathesis asks of every operation, in process and on the deployed stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from inspect import signature
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bookflow.adapters.dynamodb.base.keys import Key, partition
from bookflow.api.calls import JSON
from bookflow.api.routing import Endpoint, endpoints
from bookflow.bootstrap import Services
from bookflow.gallery import ready_made
from bookflow.gallery.templates import ready_made_templates
from tests.records import address_hash, store_one_of_each, workflow_graph
from tests.unit.api.graphs import created_event

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

NEVER_WELL = {
    "cancel_execution": "The stored execution has ended, so that it can be resumed.",
    "edit_planned_message": "No stored entry sends a template.",
    "preview_planned_message": "No stored entry sends a template.",
    "settle_outcome": "No stored step has an unknown outcome.",
}
"""Operations that cannot succeed on what is stored, with the reason."""

TEXT = {"name": "Hello", "channel": "sms", "sms": "Hello {{ customer.first_name }}"}
MAIL = {"name": "Hello", "channel": "email", "subject": "Hello", "text": "Welcome"}
TEST = {"content": MAIL, "trigger": "Booking Created"}

BODIES: Mapping[str, Any] = {
    "add_suppression": {"address": "ada@example.com"},
    "count_audience": {"audience": {"booking_id": "known"}},
    "find_customers": {"address": "ada@example.com"},
    "find_suppression": {"address": "ada@example.com"},
    "create_survey": {
        "name": "After",
        "questions": [{"id": "why", "type": "text", "text": "Why did you come?"}],
    },
    "create_template": TEXT,
    "import_template": {"template": TEXT},
    "create_secret": {"name": "crm-key", "value": "a long enough value"},
    "preview_template": {"content": TEXT, "trigger": "Booking Created"},
    "preview_wordings": {"language": "de", "texts": {}},
    "put_events": {"events": [created_event("contract")]},
    "set_secret_hosts": {"hosts": ["api.example.com", "*.example.org"]},
    "put_secret": {"value": "another long value"},
    "put_location": {"name": "Added"},
    "put_import_page": {"rows": [{"row": 1, "booking_id": "b-imported"}]},
    "start_import": {"pages": 1},
    "rotate_secret": {"value": "yet another value"},
    "save_template": TEXT,
    "send_entry_now": {"entry_id": "known"},
    "send_new_template_test": TEST,
    "send_template_test": TEST,
    "skip_entry": {"entry_id": "known"},
    "start_batch": {"audience": {"booking_id": "known"}},
}
"""Bodies that a generator would not find; ids in them are replaced by known ones."""

KEYS: Mapping[str, Any] = {
    "put_import_page": {"page": 1},
    "put_location": {"location_id": "contract-added"},
    "read_gallery_entry": {"key": next(iter(ready_made()))},
    "read_ready_made_template": {"key": next(iter(ready_made_templates()))},
    "read_wordings": {"language": "de"},
}

ANSWER_SECONDS = 60.0
"""As long as a busy machine may take to start a function, and longer than API Gateway waits."""

_IN_PATHS_ONLY = {"name", "key"}
_READERS = {each.openapi_path for each in endpoints() if each.method == "GET"}
_NUMBERS = count()


def deterministic() -> SchemathesisConfig:
    """Return a configuration by which each run tries the same."""
    config = SchemathesisConfig()
    config.projects.default.generation.deterministic = True
    config.projects.default.request_timeout = ANSWER_SECONDS
    return config


class Contract:
    """The served contract, tried by an admin of one location.

    Args:
        schema: The contract as schemathesis loaded it.
        services: Where records are stored past the API.
        dynamodb: The client by which the tests refill the buckets of rate limits.
        location_id: The location, which is known.
        make_token: Makes a token of the admin, who may add locations and has a verified address.
            No token lives as long as all operations take on a slow machine.
    """

    def __init__(
        self,
        schema: Any,
        services: Services,
        dynamodb: Any,
        *,
        location_id: str,
        make_token: Callable[[], str],
    ) -> None:
        self._schema = schema
        self._services = services
        self._dynamodb = dynamodb
        self._location_id = location_id
        self._make_token = make_token
        self._sign_in()
        self._machine_arn = self._publish()
        self._kept = self._stored()
        """The ids of records that no call changes."""

    def keep(self, endpoint: Endpoint, mode: GenerationMode, *, examples: int) -> None:
        """Try an operation with made-up requests; fail at a 5xx or an answer outside the contract.

        Valid requests name records that there are, and one at least must succeed.
        """
        operation = self._schema[endpoint.openapi_path][endpoint.method]
        is_valid = mode is GenerationMode.POSITIVE
        known: dict[str, Any] = {"location_id": self._location_id}
        if is_valid:
            changes_one = endpoint.method != "GET" and endpoint.path.count("<") > 1
            known |= self._stored() if changes_one else self._kept
            known |= KEYS.get(endpoint.operation_id, {})
        statuses: set[int] = set()
        self._sign_in()
        self._refill(endpoint)

        def try_it(case: Case[Any]) -> None:
            _name_what_there_is(case, known)
            if is_valid and "if_match" in signature(endpoint.handler).parameters:
                case.headers["If-Match"] = self._etag(endpoint, known)
            answer = case.call_and_validate(headers=self._headers, checks=CHECKS)
            statuses.add(answer.status_code)

        @settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(operation.as_strategy(generation_mode=mode))
        def keeps_it(case: Case[Any]) -> None:
            try_it(case)

        if is_valid and endpoint.operation_id in BODIES:
            body = deepcopy(BODIES[endpoint.operation_id])
            try_it(operation.Case(path_parameters=known, body=body, media_type=JSON))
        try:
            keeps_it()
        except Unsatisfiable:
            assert not is_valid, "no request can be made from the contract"
        if is_valid:
            succeeded = any(200 <= status < 300 for status in statuses)
            assert succeeded is (endpoint.operation_id not in NEVER_WELL), statuses

    def _sign_in(self) -> None:
        self._headers = {"Authorization": f"Bearer {self._make_token()}"}

    def _refill(self, endpoint: Endpoint) -> None:
        """Fill the bucket of the operation's rate limit: what others took says nothing about it."""
        if endpoint.limit is not None:
            key = Key(partition(self._location_id, "RATE_LIMITS"), endpoint.limit.name)
            self._dynamodb.delete_item(
                TableName=self._services.settings.table,
                Key={"PK": {"S": key.pk}, "SK": {"S": key.sk}},
            )

    def _stored(self) -> dict[str, Any]:
        """Store a record of each kind under a new id; return the ids by the name of a parameter."""
        record_id = f"known-{next(_NUMBERS)}"
        store_one_of_each(
            self._services,
            self._location_id,
            record_id,
            record_id,
            machine_arn=self._machine_arn,
        )
        names = (
            "booking_id",
            "customer_id",
            "delivery_id",
            "entry_id",
            "execution_id",
            "import_id",
            "message_id",
            "node_id",
            "survey_id",
            "task_id",
            "template_id",
            "workflow_id",
        )
        return {
            **dict.fromkeys(names, record_id),
            "address_hash": address_hash(record_id),
            "name": record_id,
            "version": 1,
            "before": 1,
        }

    def _publish(self) -> str:
        """Return the machine of the graph that is stored, so that runs of it can be resumed."""
        workflows = "/v1/locations/{location_id}/workflows"
        draft = {"name": "Contract", "draft": workflow_graph("Contract")}
        made = self._call(workflows, "POST", body=draft)
        at = {"workflow_id": made.json()["id"]}
        one = f"{workflows}/{{workflow_id}}"
        tag = {"If-Match": made.headers["etag"][0]}
        assert self._call(f"{one}/publish", "POST", headers=tag, **at).status_code == 200
        version = self._services.workflows.version(self._location_id, at["workflow_id"], 1)
        return version.machine_arn

    def _call(
        self, path: str, method: str, *, body: Any = None, headers: Any = None, **ids: str
    ) -> Any:
        case = self._schema[path][method].Case(
            path_parameters={"location_id": self._location_id, **ids},
            **({"body": body, "media_type": JSON} if body else {}),
        )
        return case.call(headers={**self._headers, **(headers or {})})

    def _etag(self, endpoint: Endpoint, known: Mapping[str, Any]) -> str:
        """Return the ETag of what the call changes, as the nearest route that reads it says."""
        path = endpoint.openapi_path
        while path not in _READERS:
            path = path.rpartition("/")[0]
        tags = self._call(path, "GET", **known).headers.get("etag")
        return tags[0] if tags else '"1"'


def _name_what_there_is(case: Case[Any], known: Mapping[str, Any]) -> None:
    """Put known ids in the place of made-up ones of the same type."""
    case.path_parameters |= {each: known[each] for each in case.path_parameters if each in known}
    for part in (case.query, case.body):
        _name_in(part, known)


def _name_in(part: object, known: Mapping[str, Any]) -> None:
    if not isinstance(part, dict):
        return
    for name in part.keys() & known.keys() - _IN_PATHS_ONLY:
        if type(part[name]) is type(known[name]):
            part[name] = known[name]
    for inner in part.values():
        _name_in(inner, known)
