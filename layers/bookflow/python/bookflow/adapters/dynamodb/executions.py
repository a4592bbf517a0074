"""Executions and their steps in DynamoDB: the port `ExecutionStore`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.adapters.dynamodb.base.keys import (
    Key,
    activity_key,
    booking_key,
    customer_key,
    execution_key,
    in_hand_key,
    partition,
    utc_text,
    workflow_key,
)
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    ContendedError,
    Expression,
    Item,
    Put,
    TableStore,
    revision_item,
    time_to_live,
)
from bookflow.adapters.dynamodb.bookings import LocationRecords, location_keys
from bookflow.domain.bookings.facts import FactClaims
from bookflow.domain.bookings.records import BookingContext
from bookflow.domain.executions.batch import Batch
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.executions.payloads import ExecutionRef
from bookflow.domain.executions.statistics import COUNTED_DAYS, DayCount, ExecutionStatistics
from bookflow.domain.executions.statistics import KEPT as STATISTICS_KEPT
from bookflow.domain.executions.step_statistics import STEP_DAYS_KEPT, Counters, counters
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.webhooks.deliveries import Delivery
from bookflow.ports import ANY_EXECUTION, ExecutionFilter

_STEP = "STEP#"
_AFTER_STEPS = "STEP$"
"""The first text that sorts behind all steps."""

_DELIVERY = "delivery:"
"""Begins the attribute of a message's delivery: one each, so that no two writes meet."""

MARKS = 64
"""Marks of ends that a workflow's statistics hold: a repeat is known until another end takes its place."""

COUNTERS_AT_ONCE = 100
"""An update of DynamoDB is an expression of at most 4 KB."""

COUNTING_TRIES = 4

_STATISTICS = "STATISTICS"
_STEPS_OF_DAY = "STEPS#"
_COUNTER = "s#"
"""Begins the attribute of a counter of steps."""

_OPEN = Expression(
    "attribute_exists(#PK) AND #status IN (:running, :waiting)",
    {":running": ExecutionStatus.RUNNING.value, ":waiting": ExecutionStatus.WAITING.value},
)

_STILL_OPEN = Expression(
    f"({_OPEN.text})"
    # A claim whose start failed is taken up again by the next delivery of its event.
    " OR (#reason_code = :start_failed AND #launched = :no)",
    {**_OPEN.values, ":start_failed": ReasonCode.START_FAILED.value, ":no": False},
)

_NOT_IN_PROGRESS = Expression(
    f"({_STILL_OPEN.text}) AND #launched = :no",
    _STILL_OPEN.values,
)

_ENDED_WELL = {":completed": StepStatus.COMPLETED.value, ":skipped": StepStatus.SKIPPED.value}

_NOT_ENDED_WELL = Expression(
    "attribute_not_exists(#PK) OR NOT (#status IN (:completed, :skipped))", _ENDED_WELL
)

_REPLACED_BY_END = Expression(
    "attribute_not_exists(#PK)"
    " OR (#attempts <= :attempts AND NOT (#status IN (:completed, :skipped)))",
    _ENDED_WELL,
)

_REPLACED_BY_WAIT = Expression(
    "attribute_not_exists(#PK)"
    " OR (#attempts <= :attempts AND #status IN (:running, :waiting))"
    " OR (#attempts < :attempts AND #status = :failed)",
    {
        ":running": StepStatus.RUNNING.value,
        ":waiting": StepStatus.WAITING.value,
        ":failed": StepStatus.FAILED.value,
    },
)


class DynamoDBExecutions(TableStore):
    """Keeps executions and steps; each write says which state it may follow."""

    def claim(self, execution: Execution) -> Execution:
        """Store the execution unless its id is taken; return the stored one (one call)."""
        try:
            self.table.put(Put(_item_of(execution), NEW))
        except ConditionFailedError as error:
            if error.found is not None:
                return _execution(error.found)
            return self.get(execution.location_id, execution.id)
        return execution

    def claim_first(self, execution: Execution, claims: FactClaims) -> bool:
        """Store an execution with the first claim of a fact, both or neither (one call)."""
        try:
            key = _facts_key(claims.location_id, claims.booking_id, claims.workflow_id)
            first = revision_item(key, claims, claims.revision, claims.kept_until)
            self.table.transact([Put(_item_of(execution), NEW), Put(first, NEW)])
        except (ConditionFailedError, ContendedError):
            return False
        return True

    def fact_claims(self, location_id: str, booking_id: str, workflow_id: str) -> FactClaims:
        """Return the facts of a booking that events claimed for a workflow (one call)."""
        item = self.table.get(_facts_key(location_id, booking_id, workflow_id))
        if item is None:
            return FactClaims(
                location_id=location_id, booking_id=booking_id, workflow_id=workflow_id
            )
        return decode_model(FactClaims, item["data"])

    def save_fact_claims(self, claims: FactClaims) -> bool:
        """Store the claims if the stored revision is the one before (one call)."""
        key = _facts_key(claims.location_id, claims.booking_id, claims.workflow_id)
        return self.save_revision(key, claims, claims.revision, claims.kept_until)

    def get(self, location_id: str, execution_id: str) -> Execution:
        """Return the execution.

        Raises:
            NotFoundError: There is no such execution.
        """
        return _found(self.table.get(execution_key(location_id, execution_id)))

    def with_context(self, ref: ExecutionRef) -> tuple[Execution, BookingContext | None]:
        """Return the execution and the records around its booking as they stand now.

        One call; two where the reference does not name what the booking names by now.

        Raises:
            NotFoundError: There is no such execution.
        """
        location_id = ref.location_id
        key = execution_key(location_id, ref.execution_id)
        records = LocationRecords(self.table, location_id)
        records.load(
            key,
            *location_keys(location_id),
            *(_of_booking(location_id, ref.booking_id) if ref.booking_id else []),
            *([customer_key(location_id, ref.customer_id)] if ref.customer_id else []),
            *([activity_key(location_id, ref.activity_id)] if ref.activity_id else []),
        )
        execution = _found(records.item(key))
        if execution.booking_id:
            records.load(*_of_booking(location_id, execution.booking_id))
        context = records.context(execution.booking_id, customer_id=None, activity_id=None)
        return execution, context

    def update(self, execution: Execution) -> bool:
        """Store the execution's progress unless the stored one has ended; say whether it did.

        A record that has vanished is not made again. Repeating the same end counts as stored. What
        only grows, `launched` and the time to live, is left to its own writers: this one may have
        read the record before them.
        """
        key = execution_key(execution.location_id, execution.id)
        condition = _NOT_IN_PROGRESS if execution.never_started else _STILL_OPEN
        try:
            self.table.update(key, _progress(execution), condition)
        except ConditionFailedError as error:
            return error.found is not None and _execution(error.found) == execution
        return True

    def mark_launched(self, location_id: str, execution_id: str) -> bool:
        """Note that Step Functions has an open execution; say whether it was open."""
        change = Expression("SET #launched = :yes", {":yes": True})
        try:
            self.table.update(execution_key(location_id, execution_id), change, _OPEN)
        except ConditionFailedError:
            return False
        return True

    def keep_until(self, location_id: str, execution_id: str, moment: datetime) -> None:
        """Keep the items of an execution until then at least (one call, and one an item)."""
        change = Expression("SET #expires_at = :expires_at", {":expires_at": time_to_live(moment)})
        sooner = Expression("attribute_exists(#PK) AND #expires_at < :expires_at")
        for item in self.table.query(execution_key(location_id, execution_id).pk):
            with suppress(ConditionFailedError):
                self.table.update(Key(item["PK"], item["SK"]), change, sooner)

    def steps(self, location_id: str, execution_id: str) -> Sequence[Step]:
        """Return the steps in the order in which they started."""
        pk = execution_key(location_id, execution_id).pk
        return _steps(self.table.query(pk, begins_with=_STEP))

    def with_steps(self, location_id: str, execution_id: str) -> tuple[Execution, Sequence[Step]]:
        """Return an execution with its steps in the order in which they started (one call).

        Raises:
            NotFoundError: There is no such execution.
        """
        key = execution_key(location_id, execution_id)
        # Joins and records of messages lie between them, the large texts of messages behind.
        found = self.table.query(key.pk, between=(key.sk, _AFTER_STEPS))
        items = {item["SK"]: item for item in found}
        execution = _found(items.get(key.sk))
        return execution, _steps(item for sk, item in items.items() if sk.startswith(_STEP))

    def begin_step(self, step: Step, tries: int | None = None) -> Step:
        """Store a step as begun, counting the attempt; return it as stored (one call)."""
        change = _step_change(
            step,
            "#attempts = if_not_exists(#attempts, :none) + :one, #try_id = :try_id",
            {":none": 0, ":one": 1, ":try_id": step.try_id},
        )
        try:
            return _step(self.table.update(_key_of(step), change, _may_begin(step.try_id, tries)))
        except ConditionFailedError as error:
            if error.found is None:
                raise
            return _step(error.found)

    def finish_step(self, step: Step, deliveries: Sequence[Delivery] = ()) -> None:
        """Store how the step ended, and add what it sent (one call).

        A good end stays, and an older attempt never replaces a newer one: both are ignored.
        """
        change = _step_change(
            step,
            ", ".join(["#attempts = :attempts", *([_ADDS_DELIVERIES] if deliveries else [])]),
            {":attempts": step.attempts, **_added(deliveries)},
        )
        condition = _REPLACED_BY_END if step.status.is_final else _REPLACED_BY_WAIT
        with suppress(ConditionFailedError):
            self.table.update(_key_of(step), change, condition)

    def step(self, location_id: str, execution_id: str, node_id: str) -> Step:
        """Return one step (one call)."""
        item = self.table.get(_step_key(location_id, execution_id, node_id))
        if item is None:
            raise NotFoundError("The execution has no such step.", field="node_id")
        return _step(item)

    def steps_at(
        self, location_id: str, node_id: str, execution_ids: Sequence[str]
    ) -> Mapping[str, Step]:
        """Return the steps of a node, by execution id (one call for 100 executions)."""
        keys = {each: _step_key(location_id, each, node_id) for each in execution_ids}
        found = self.table.get_many(keys.values())
        return {each: _step(found[key]) for each, key in keys.items() if key in found}

    def add_delivery(self, step: Step, delivery: Delivery) -> bool:
        """Add a delivery to those of a step, unless it was erased (one call); say whether it was added."""
        change = Expression(f"SET {_ADDS_DELIVERIES}", _added([delivery]))
        kept = Expression("attribute_exists(#PK) AND attribute_not_exists(#overwritten)")
        try:
            self.table.update(_key_of(step), change, kept)
        except ConditionFailedError:
            return False
        return True

    def deliveries(
        self, location_id: str, node_id: str, execution_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Delivery]]:
        """Return the deliveries of a node's steps (one call for 100 executions)."""
        keys = {each: _step_key(location_id, each, node_id) for each in execution_ids}
        found = self.table.get_many(keys.values())
        return {each: _deliveries_of(found[key]) for each, key in keys.items() if key in found}

    def overwrite(self, execution: Execution, steps: Sequence[Step]) -> None:
        """Store an ended execution and its steps anew (one call each)."""
        change = Expression("SET #data = :data", {":data": encode_model(execution)})
        same = Expression("#status = :status", {":status": execution.status.value})
        with suppress(ConditionFailedError):
            self.table.update(execution_key(execution.location_id, execution.id), change, same)
        for step in steps:
            change = Expression(
                "SET #data = :data, #overwritten = :yes REMOVE #deliveries",
                {":data": encode_model(step), ":yes": True},
            )
            same = Expression(
                "#status = :status AND #attempts = :attempts",
                {":status": step.status.value, ":attempts": step.attempts},
            )
            with suppress(ConditionFailedError):
                self.table.update(_key_of(step), change, same)

    def note_delivery(
        self, location_id: str, execution_id: str, node_id: str, message_id: str, outcome: str
    ) -> None:
        """Note what became of a message that a step sent (one call)."""
        change = Expression(
            "SET #delivery = :outcome", {":outcome": outcome}, {"#delivery": _DELIVERY + message_id}
        )
        key = Key(execution_key(location_id, execution_id).pk, f"{_STEP}{node_id}")
        with suppress(ConditionFailedError):
            self.table.update(key, change, Expression("attribute_exists(#PK)"))

    def page(
        self,
        location_id: str,
        wanted: ExecutionFilter = ANY_EXECUTION,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[Execution]:
        """Return a page of executions, newest first (two calls)."""
        index, pk = _narrowest_list(location_id, wanted)
        since = utc_text(wanted.since) if wanted.since else "0"
        # "~" sorts after every id.
        until = f"{utc_text(wanted.until) if wanted.until else ''}~"
        page = self.table.query_page(
            pk, request, index=index, newest_first=True, between=(since, until)
        )
        # An index may be behind the record: what has changed its status since is left out.
        return page.holding([*filter(wanted.holds, map(_execution, page.items))])

    def existing(self, location_id: str, execution_ids: Sequence[str]) -> Mapping[str, Execution]:
        """Return the executions of the location among those of the ids (one call per 100)."""
        keys = {execution_key(location_id, each): each for each in execution_ids}
        found = self.table.get_many(keys)
        return {keys[key]: _execution(item) for key, item in found.items()}

    def count_end(self, execution: Execution, steps: Sequence[Step] = ()) -> None:
        """Count an execution that has just ended (one call, up to five for a day's first).

        The statistics hold a mark of the ends that they counted last. So a repeat is known, such as
        botocore makes after a lost answer, or another delivery that stored the same end. An end
        that is reported after its day has left the statistics is not counted.

        The steps are counted in the same write, for the day that is current then: a day's first
        end stores the counters of the day before beside it. More than `COUNTERS_AT_ONCE` take a
        write for as many.
        """
        names = counters(execution, steps)
        for start in range(0, len(names), COUNTERS_AT_ONCE):
            self._count(execution, start, names[start : start + COUNTERS_AT_ONCE])

    def _count(self, execution: Execution, start: int, names: Sequence[str]) -> None:
        key = _statistics_key(execution.location_id, execution.workflow_id)
        place, mark = _mark(execution.id, start // COUNTERS_AT_ONCE)
        for _ in range(COUNTING_TRIES):  # another end may begin the day between the calls
            for change, condition in _countings(execution, place, mark, names, is_first=not start):
                try:
                    self.table.update(key, change, condition)
                except ConditionFailedError as error:
                    if error.found is not None and error.found.get(place) == mark:
                        return
                    if error.found is not None and self._begin_day(key, error.found, execution):
                        break
                else:
                    return

    def _begin_day(self, key: Key, found: Item, execution: Execution) -> bool:
        """Store the steps' counters of a day that is over by now; say whether there were any.

        The counters are set back only if nothing was added since they were stored.
        """
        today, over = _day_of(execution).isoformat(), found.get("steps_day", "~")
        if over >= today:
            return False
        counted = {name: value for name, value in found.items() if name.startswith(_COUNTER)}
        ended = found["steps_ended"]
        day = {
            **Key(key.pk, f"{_STEPS_OF_DAY}{over}").attributes,
            "steps_ended": ended,
            "expires_at": time_to_live(_end_of_day(over) + STEP_DAYS_KEPT),
            **counted,
        }
        later = Expression("attribute_not_exists(#PK) OR #steps_ended < :ended", {":ended": ended})
        with suppress(ConditionFailedError):
            self.table.put(Put(day, later))
        begun = {name: value for name, value in found.items() if name not in counted}
        same = Expression(
            "#steps_day = :over AND #steps_ended = :ended", {":over": over, ":ended": ended}
        )
        with suppress(ConditionFailedError):
            self.table.put(Put({**begun, "steps_day": today, "steps_ended": 0}, same))
        return True

    def step_days(self, location_id: str, workflow_id: str) -> Mapping[date, Counters]:
        """Return what ended lately at the steps of a workflow, by day (one call)."""
        pk = workflow_key(location_id, workflow_id).pk
        items = self.table.query(pk, between=(_STATISTICS, f"{_STEPS_OF_DAY}~"))
        return {
            date.fromisoformat(day): counted for day, counted in map(_steps_of_day, items) if day
        }

    def batch(self, location_id: str, workflow_id: str) -> Batch | None:
        """Return the workflow's latest batch (one call)."""
        item = self.table.get(_batch_key(location_id, workflow_id))
        return decode_model(Batch, item["data"]) if item else None

    def save_batch(self, batch: Batch) -> bool:
        """Store a batch if the stored revision is the one before it (one call)."""
        key = _batch_key(batch.location_id, batch.workflow_id)
        return self.save_revision(key, batch, batch.revision, batch.expires_at)

    def statistics(
        self, location_id: str, workflow_ids: Sequence[str]
    ) -> Mapping[str, ExecutionStatistics]:
        """Return the statistics of those of the workflows that ran (one call per 100)."""
        keys = {_statistics_key(location_id, each): each for each in workflow_ids}
        return {keys[key]: _statistics(item) for key, item in self.table.get_many(keys).items()}


def _of_booking(location_id: str, booking_id: str) -> list[Key]:
    return [booking_key(location_id, booking_id), in_hand_key(location_id, booking_id)]


def _batch_key(location_id: str, workflow_id: str) -> Key:
    return Key(workflow_key(location_id, workflow_id).pk, "BATCH")


def _facts_key(location_id: str, booking_id: str, workflow_id: str) -> Key:
    return Key(booking_key(location_id, booking_id).pk, f"FACTS#{workflow_id}")


def _narrowest_list(location_id: str, wanted: ExecutionFilter) -> tuple[str, str]:
    """Return the index and the partition of the narrowest list that holds what is wanted."""
    workflow_id, booking_id, status = wanted.workflow_id, wanted.booking_id, wanted.status
    if booking_id is not None:
        return "GSI2", partition(location_id, "BOOKING", booking_id, "EXECUTIONS")
    if workflow_id is not None and status is not None:
        return "GSI5", _by_status(location_id, workflow_id, status)
    if workflow_id is not None:
        return "GSI1", partition(location_id, "WORKFLOW", workflow_id, "EXECUTIONS")
    if status is not None:
        return "GSI4", partition(location_id, "EXECUTIONS", status.value)
    return "GSI3", partition(location_id, "EXECUTIONS")


def _by_status(location_id: str, workflow_id: str, status: ExecutionStatus) -> str:
    return partition(location_id, "WORKFLOW", workflow_id, "EXECUTIONS", status.value)


def _statistics_key(location_id: str, workflow_id: str) -> Key:
    return Key(workflow_key(location_id, workflow_id).pk, _STATISTICS)


def _day_of(execution: Execution) -> date:
    return (execution.completed_at or execution.started_at).astimezone(UTC).date()


def _end_of_day(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), UTC)


def _steps_of_day(item: Item) -> tuple[str, Counters]:
    """Return the day of an item, empty if it counts no steps, and its counters."""
    day = item.get("steps_day", "") or item["SK"].partition(_STEPS_OF_DAY)[2]
    counted = {
        name.removeprefix(_COUNTER): int(value)
        for name, value in item.items()
        if name.startswith(_COUNTER)
    }
    return day, counted


def _mark(execution_id: str, part: int) -> tuple[str, str]:
    """Return the attribute in which a part of an end leaves its mark, and the mark.

    The parts of one end have neighbouring places, so that none takes the place of another.
    """
    digest = hashlib.sha256(execution_id.encode()).hexdigest()
    return f"mark_{(int(digest[-4:], 16) + part) % MARKS}", digest[:12]


def _countings(
    execution: Execution, mark_place: str, mark: str, counted: Sequence[str], *, is_first: bool
) -> Iterator[tuple[Expression, Expression]]:
    """Yield how an end is counted: in the day that was begun, or else as the first of its day.

    A day takes the place of the one `COUNTED_DAYS` before it, so that the item never grows.

    Args:
        execution: The execution.
        mark_place: Attribute of the mark.
        mark: What says that this was counted.
        counted: The counters of steps.
        is_first: Whether the execution itself is counted with them.
    """
    ended, status = execution.completed_at or execution.started_at, execution.status
    day = _day_of(execution)
    place = day.toordinal() % COUNTED_DAYS
    names = ("completed", "failed")
    one, other = names if status is ExecutionStatus.COMPLETED else names[::-1]
    last = (
        f"#last_ended_at = :ended, #expires_at = :expires_at, #{mark_place} = :mark,"
        " #steps_day = if_not_exists(#steps_day, :day)"
    )
    uncounted = (
        f"(attribute_not_exists(#{mark_place}) OR #{mark_place} <> :mark)"
        " AND (attribute_not_exists(#steps_day) OR #steps_day >= :day)"
    )
    attributes = {f"#n{index}": f"{_COUNTER}{name}" for index, name in enumerate(counted)}
    adds = ", ".join(f"{name} :one" for name in (*attributes, "#steps_ended"))
    values = {
        ":one": 1,
        ":mark": mark,
        ":ended": utc_text(ended),
        ":expires_at": time_to_live(ended + STATISTICS_KEPT),
        ":day": day.isoformat(),
    }
    if not is_first:
        yield Expression(f"ADD {adds} SET {last}", values, attributes), Expression(uncounted)
        return
    yield (
        Expression(f"ADD #{one}_{place} :one, {adds} SET {last}", values, attributes),
        Expression(f"#day_{place} = :day AND {uncounted}"),
    )
    begun = f"#day_{place} = :day, #{one}_{place} = :one, #{other}_{place} = :none"
    yield (
        Expression(f"ADD {adds} SET {begun}, {last}", {**values, ":none": 0}, attributes),
        Expression(f"(attribute_not_exists(#day_{place}) OR #day_{place} < :day) AND {uncounted}"),
    )


def _statistics(item: Item) -> ExecutionStatistics:
    days = [
        DayCount(
            day=date.fromisoformat(item[f"day_{place}"]),
            completed=int(item[f"completed_{place}"]),
            failed=int(item[f"failed_{place}"]),
        )
        for place in range(COUNTED_DAYS)
        if f"day_{place}" in item
    ]
    return ExecutionStatistics(
        days=sorted(days, key=lambda each: each.day),
        last_ended_at=datetime.fromisoformat(item["last_ended_at"]),
    )


def _item_of(execution: Execution) -> Item:
    key = execution_key(execution.location_id, execution.id)
    newest = f"{utc_text(execution.started_at)}#{execution.id}"
    item: dict[str, Any] = {
        **key.attributes,
        "GSI1PK": partition(execution.location_id, "WORKFLOW", execution.workflow_id, "EXECUTIONS"),
        "GSI1SK": newest,
        "GSI3PK": partition(execution.location_id, "EXECUTIONS"),
        "GSI3SK": newest,
        "GSI4PK": partition(execution.location_id, "EXECUTIONS", execution.status.value),
        "GSI4SK": newest,
        "GSI5PK": _by_status(execution.location_id, execution.workflow_id, execution.status),
        "GSI5SK": newest,
        "status": execution.status.value,
        "reason_code": execution.reason_code.value if execution.reason_code else None,
        "launched": execution.launched,
        "expires_at": time_to_live(execution.expires_at),
        "data": encode_model(execution),
    }
    if execution.booking_id:
        item["GSI2PK"] = partition(
            execution.location_id, "BOOKING", execution.booking_id, "EXECUTIONS"
        )
        item["GSI2SK"] = newest
    return item


def _progress(execution: Execution) -> Expression:
    """Return the update of what an execution changes; only lists by status are left."""
    item = _item_of(execution)
    names = ["GSI4PK", "GSI5PK", "status", "data"]
    names += ["reason_code"] if execution.reason_code else []
    names += ["launched"] if execution.launched else []
    text = "SET " + ", ".join(f"#{name} = :new_{name}" for name in names)
    if execution.reason_code is None:
        text += " REMOVE #reason_code"
    return Expression(text, {f":new_{name}": item[name] for name in names})


def _found(item: Item | None) -> Execution:
    if item is None:
        raise NotFoundError(
            "there is no such execution in this location",
            field="execution_id",
            remedy="Its record may have passed the location's retention.",
        )
    return _execution(item)


def _execution(item: Item) -> Execution:
    return decode_model(
        Execution, item["data"], launched=item["launched"], expires_at=_expiry(item)
    )


def _expiry(item: Item) -> datetime | None:
    seconds = item.get("expires_at")
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


def _step_key(location_id: str, execution_id: str, node_id: str) -> Key:
    return Key(execution_key(location_id, execution_id).pk, f"{_STEP}{node_id}")


def _key_of(step: Step) -> Key:
    return _step_key(step.location_id, step.execution_id, step.node_id)


_ADDS_DELIVERIES = "#deliveries = list_append(if_not_exists(#deliveries, :none_yet), :added)"
"""Deliveries only grow, and other writes of the step leave them alone."""


def _added(deliveries: Sequence[Delivery]) -> Mapping[str, Any]:
    return {":none_yet": [], ":added": [*map(encode_model, deliveries)]} if deliveries else {}


def _deliveries_of(item: Item) -> Sequence[Delivery]:
    """Return the deliveries of a step, each once: botocore repeats a write whose answer is lost."""
    stored = [decode_model(Delivery, each) for each in item.get("deliveries", ())]
    return tuple({each.id: each for each in stored}.values())


def _may_begin(try_id: str, tries: int | None) -> Expression:
    """Return the condition of a new try: not this one over again, and not one too many."""
    text, values = f"({_NOT_ENDED_WELL.text})", {**_NOT_ENDED_WELL.values}
    if try_id:
        text += " AND (attribute_not_exists(#try_id) OR #try_id <> :try_id)"
    if tries is not None:
        text += " AND (attribute_not_exists(#attempts) OR #attempts < :tries)"
        values[":tries"] = tries
    return Expression(text, values)


def _step_change(step: Step, attempts: str, values: Mapping[str, Any]) -> Expression:
    """Return the writing of a step; the moment of its first start and its time to live stay."""
    expires = ", #expires_at = if_not_exists(#expires_at, :expires_at)" if step.expires_at else ""
    return Expression(
        f"SET {attempts}, #data = :data, #status = :status,"
        f" #started_at = if_not_exists(#started_at, :started_at){expires}",
        {
            **values,
            ":data": encode_model(step),
            ":status": step.status.value,
            ":started_at": step.started_at.isoformat(),
            ":expires_at": time_to_live(step.expires_at),
        },
    )


def _steps(items: Iterable[Item]) -> Sequence[Step]:
    """Return steps in the order in which they started."""
    return sorted(map(_step, items), key=lambda step: (step.started_at, step.node_id))


def _step(item: Item) -> Step:
    step = decode_model(
        Step,
        item["data"],
        attempts=int(item["attempts"]),
        started_at=item["started_at"],
        expires_at=_expiry(item),
    )
    noted = {
        name.removeprefix(_DELIVERY): value
        for name, value in item.items()
        if name.startswith(_DELIVERY)
    }
    return step.changed(deliveries={**step.deliveries, **noted}) if noted else step
