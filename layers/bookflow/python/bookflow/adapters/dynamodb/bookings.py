"""Bookings, customers, activities and locations in DynamoDB: the port `BookingStore`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from bookflow.adapters.dynamodb.base.documents import decode, decode_model, encode
from bookflow.adapters.dynamodb.base.keys import (
    Key,
    activity_key,
    booking_key,
    customer_key,
    erasure_key,
    in_hand_key,
    location_key,
    partition,
    settings_key,
    text_digest,
    utc_text,
)
from bookflow.adapters.dynamodb.base.subscriptions import read_subscriptions, subscriptions_key
from bookflow.adapters.dynamodb.base.table import (
    NEW,
    ConditionFailedError,
    ContendedError,
    Delete,
    Expression,
    Item,
    Put,
    Table,
    TableStore,
    time_to_live,
    unchanged_since,
)
from bookflow.domain.bookings.erased_guests import (
    guest_digest,
    is_erased,
    pseudonym,
    without_guest,
)
from bookflow.domain.bookings.facts import (
    FactKind,
    ImportedFact,
    Statement,
    StatementHistory,
)
from bookflow.domain.bookings.in_hand import InHand
from bookflow.domain.bookings.location_settings import (
    LocationRecord,
    LocationSettings,
    StoredSettings,
)
from bookflow.domain.bookings.records import (
    Activity,
    Booking,
    BookingContext,
    BookingStatusChange,
    Customer,
    Location,
    OpenRecord,
    StoredValue,
    is_named,
    merge,
    with_status,
)
from bookflow.domain.bookings.retention import MOVED, kept_until
from bookflow.domain.bookings.search import contact_keys, folded
from bookflow.domain.bookings.stamps import Stamp
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events.without_guest import event_without_guest
from bookflow.domain.shared.errors import NotFoundError, StaleRevisionError, TransientError
from bookflow.domain.shared.identifiers import is_identifier
from bookflow.domain.shared.pagination import FIRST_PAGE, PAGE_SIZE, Page, PageRequest
from bookflow.ports import BookedVisit, RecordedBooking

if TYPE_CHECKING:
    from bookflow.domain.events import Event

TRIES = 5
"""Tries of a write that others overtake, before the caller is asked to come again."""

KEEP_CHANGES = timedelta(days=400)
"""Life of a kept change of status: longer than an execution can run and be redriven."""

KEEP_RECEIPTS = timedelta(days=400)
"""Life of an event's first receipt: longer than any queue or archive brings it again."""

_LOCATIONS = "LOCATIONS"
"""Partition of the index that lists the locations, for the sweeps over all of them."""

_HANGING = ("NOTE#", "FACTS#", "ASKED#", "IN_HAND", "EDITED#")
"""What lies beside a booking and lives as long; the rest there has a time to live of its own."""

_AFTER_ALL = "~"
"""Sorts behind every time."""

RecordT = TypeVar("RecordT", bound=OpenRecord)


class DynamoDBBookings(TableStore):
    """Keeps what events state, each field by its latest statement.

    A write names the revision that it was based on, so that events which arrive at the same
    moment cannot undo each other.
    """

    def record(
        self, event: Event, *, received_at: datetime | None = None, now: datetime | None = None
    ) -> RecordedBooking | None:
        """Merge what the event states: at most two reads, and one write if anything changed.

        Raises:
            InvalidInputError: The event describes another location or booking than it names, or a
                record's unknown fields grow too large.
            TransientError: Other writes of the same records came first, several times.
        """
        for _ in range(TRIES):
            try:
                return self._record(event, received_at, now)
            except (ConditionFailedError, ContendedError):
                continue
        raise _overtaken()

    def statements(self, location_id: str, booking_id: str) -> StatementHistory:
        """Return the last statements of a booking's status and times (one call)."""
        item = self.table.get(booking_key(location_id, booking_id))
        return _statements(decode(item["data"])) if item else StatementHistory()

    def context(self, location_id: str, booking_id: str | None) -> BookingContext | None:
        """Return the records as they stand now, or None for an unknown location."""
        records = LocationRecords(self.table, location_id)
        in_hand = [in_hand_key(location_id, booking_id)] if booking_id else []
        records.load(*location_keys(location_id), *_booking_keys(location_id, booking_id), *in_hand)
        return records.context(booking_id, customer_id=None, activity_id=None)

    def in_hand(self, location_id: str, booking_id: str) -> InHand:
        """Return what people decided of a booking's messages (one call)."""
        item = self.table.get(in_hand_key(location_id, booking_id))
        if item is None:
            return InHand(location_id=location_id, booking_id=booking_id)
        return decode_model(InHand, item["data"])

    def save_in_hand(self, in_hand: InHand) -> bool:
        """Store the decisions if the stored revision is the one before (one call)."""
        key = in_hand_key(in_hand.location_id, in_hand.booking_id)
        return self.save_revision(key, in_hand, in_hand.revision, in_hand.kept_until)

    def change_status(
        self,
        location_id: str,
        booking_id: str,
        change_id: str,
        *,
        expected: BookingStatus,
        status: BookingStatus,
        at: datetime,
    ) -> BookingStatusChange:
        """Set the status and keep the change in one transaction; a known change stays as it is.

        Raises:
            ConflictError: The status changed since it was read.
            NotFoundError: There is no such booking.
            TransientError: Other writes of the booking came first, several times.
        """
        change = BookingStatusChange(change_id, expected, status, at)
        key = _change_key(location_id, booking_id, change_id)
        for _ in range(TRIES):
            records = LocationRecords(self.table, location_id)
            records.load(booking_key(location_id, booking_id), key)
            made = records.item(key)
            if made:
                return _read_change(made)
            kept = records.kept(Booking, booking_key(location_id, booking_id))
            if kept is None:
                raise NotFoundError(
                    "there is no such booking in this location",
                    field="booking_id",
                    remedy="Send the booking with an event first.",
                )
            records.change(kept, with_status(kept, change))
            try:
                records.save(Put(_change_item(key, change), NEW))
                return change
            except (ConditionFailedError, ContendedError):
                continue
        raise _overtaken()

    def status_change(
        self, location_id: str, booking_id: str, change_id: str
    ) -> BookingStatusChange | None:
        """Return the change of that id, if it was made (consistent)."""
        item = self.table.get(_change_key(location_id, booking_id, change_id))
        return _read_change(item) if item else None

    def page(
        self,
        location_id: str,
        *,
        since: datetime,
        request: PageRequest = FIRST_PAGE,
    ) -> Page[BookedVisit]:
        """Return a page of the bookings that start at or after `since`: a query and two reads."""
        page = self.table.query_page(
            partition(location_id, "BOOKINGS"),
            request,
            index="GSI1",
            between=(utc_text(since), _AFTER_ALL),
        )
        bookings = [_record_of(Booking, item) for item in page.items]
        return page.holding(self._visits(location_id, bookings))

    def find(self, location_id: str, text: str) -> Sequence[BookedVisit]:
        """Return the bookings of exactly this code or id: a query and two reads."""
        code = _code_partition(location_id, text)
        listed = self.table.query(code, index="GSI2", limit=PAGE_SIZE)
        keys = [Key(item["PK"], item["SK"]) for item in listed]
        if is_identifier(text):
            keys.append(booking_key(location_id, text))
        found = self.table.get_many(keys).values()
        bookings = sorted((_record_of(Booking, item) for item in found), key=lambda one: one.id)
        # An index may be behind the record: what has another code by now is left out.
        named = [one for one in bookings if is_named(one, text)]
        return self._visits(location_id, named[:PAGE_SIZE])

    def customer(self, location_id: str, customer_id: str) -> Customer | None:
        """Return a customer as it stands (consistent), or None."""
        item = self.table.get(customer_key(location_id, customer_id))
        return _record_of(Customer, item) if item else None

    def activities(self, location_id: str) -> Sequence[Activity]:
        """Return the activities that lie beside their location (one query)."""
        items = self.table.query(partition(location_id), begins_with="ACTIVITY#")
        return [_record_of(Activity, item) for item in items]

    def customers_at(self, location_id: str, address: str) -> Sequence[Customer]:
        """Return those who have this address, or a number that ends so (3 queries and reads)."""
        found = [
            _record_of(Customer, item)
            for key in contact_keys(address)[:1]
            for index in ("GSI1", "GSI2", "GSI3")
            for item in self.table.query_index(
                index, _contact_partition(location_id, key), limit=PAGE_SIZE
            )
        ]
        return list({one.id: one for one in found}.values())

    def bookings_of(
        self, location_id: str, customer_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[Booking]:
        """Return a page of a customer's bookings (two calls)."""
        pk = _guest_partition(location_id, customer_id)
        page = self.table.query_page(pk, request, index="GSI3")
        return page.holding([_record_of(Booking, item) for item in page.items])

    def erase_booking(self, location_id: str, booking_id: str, guest: str) -> bool:
        """Take out of a booking what says who booked (two calls)."""
        key = booking_key(location_id, booking_id)
        for _ in range(TRIES):
            records = LocationRecords(self.table, location_id)
            records.load(key)
            kept = records.kept(Booking, key)
            after = without_guest(kept, guest) if kept else None
            if kept is None or after is None or after is kept:
                return False
            records.change(kept, after)
            try:
                records.save()
            except (ConditionFailedError, ContendedError):
                continue
            return True
        raise _overtaken()

    def erase_customer(self, location_id: str, customer_id: str) -> bool:
        """Delete a customer (two calls)."""
        key = customer_key(location_id, customer_id)
        if self.table.get(key) is None:
            return False
        self.table.transact([Delete(key)])
        return True

    def location(self, location_id: str) -> LocationRecord:
        """Return what the booking system states of a location and what its operators set."""
        records = LocationRecords(self.table, location_id)
        records.load(*location_keys(location_id))
        return records.location()

    def location_names(self, location_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the names of locations (one call per 50)."""
        keys = {each: location_keys(each) for each in location_ids}
        found = self.table.get_many(key for those in keys.values() for key in those)
        locations = {
            each: LocationRecords(self.table, each, {key: found.get(key) for key in those})
            for each, those in keys.items()
        }
        known = {each: records.location().effective for each, records in locations.items()}
        return {each: location.name for each, location in known.items() if location}

    def save_settings(self, location_id: str, kept: StoredSettings) -> None:
        """Store the operators' settings if the stored revision is the one before.

        Raises:
            ConflictError: Another save came first.
        """
        try:
            self.table.put(_put_settings(location_id, kept))
        except ConditionFailedError as error:
            # A repeat of this very save, such as botocore makes after a lost answer, is no conflict.
            if error.found and _read_settings(error.found) == kept:
                return
            stored = _read_settings(error.found).revision if error.found else 0
            raise StaleRevisionError(
                "settings", based_on=kept.revision - 1, stored=stored
            ) from None

    def locations(self) -> Iterator[str]:
        """Return the ids of all locations, from the index of what was stated and of settings."""
        last = ""
        for item in self.table.query(_LOCATIONS, index="GSI1"):
            if item["GSI1SK"] != last:
                last = item["GSI1SK"]
                yield last

    def _visits(self, location_id: str, bookings: Sequence[Booking]) -> Sequence[BookedVisit]:
        records = LocationRecords(self.table, location_id)
        keys = {
            one.customer_id: customer_key(location_id, one.customer_id)
            for one in bookings
            if one.customer_id
        }
        records.load(*keys.values())
        customers = {each: records.kept(Customer, key) for each, key in keys.items()}
        return [
            BookedVisit(
                one, kept.record if (kept := customers.get(one.customer_id or "")) else None
            )
            for one in bookings
        ]

    def _record(
        self, event: Event, received_at: datetime | None, now: datetime | None
    ) -> RecordedBooking | None:
        stated = event.stated_records()
        location_id = event.location_id
        records = LocationRecords(self.table, location_id)
        receipt_key = _receipt_key(event)
        at = now or received_at or event.occurred_at
        named = _customers_named(event)
        subscriptions = subscriptions_key(location_id)
        records.load(
            subscriptions,
            receipt_key,
            *location_keys(location_id),
            *(_key(location_id, record) for record in stated),
            *_keys_around(location_id, stated),
            *(erasure_key(location_id, guest_digest(location_id, each)) for each in named),
        )
        guest = records.erased_guest(event.booking_id, named, at)
        if guest is not None:
            event = event_without_guest(event, guest)
            stated = event.stated_records()
        receipt: list[Put] = []
        kept = records.item(receipt_key)
        if kept is not None:
            received_at = datetime.fromisoformat(kept["received_at"])
        elif received_at is not None and received_at < event.occurred_at:
            receipt.append(Put(_receipt_item(receipt_key, received_at), NEW))
        stamp = event.stamp(received_at)
        for record in stated:
            records.state(record, stamp, now)
        context = records.context(
            event.booking_id,
            customer_id=event.customer.id if event.customer else None,
            activity_id=event.activity.id if event.activity else None,
        )
        if context is None:
            records.forget()
            records.save(*receipt)
            return None
        until = kept_until(context.booking, context.location, at)
        after = None
        if event.booking_id is not None:
            key = booking_key(location_id, event.booking_id)
            after = records.kept(Booking, key)
            if records.moves_on(key, until):
                # Before the booking: a crash in between leaves what lives too long, and the next
                # delivery moves it again.
                self._keep_around(key, until)
            records.keep(key, until)
        if context.customer is not None:
            records.keep(customer_key(location_id, context.customer.id), until)
        records.save(*receipt)
        statements = after.statements if after else StatementHistory()
        listed = read_subscriptions(self.table, location_id, records.item(subscriptions))
        return RecordedBooking(context, stamp, statements, guest, tuple(listed.subscriptions))

    def _keep_around(self, booking: Key, until: datetime) -> None:
        """Let what hangs on a booking live until then at least (one call, and one an item)."""
        change = Expression("SET #expires_at = :until", {":until": time_to_live(until)})
        sooner = Expression("attribute_exists(#PK) AND #expires_at < :until")
        for item in self.table.query(booking.pk):
            if item["SK"].startswith(_HANGING):
                with suppress(ConditionFailedError):
                    self.table.update(Key(item["PK"], item["SK"]), change, sooner)


class LocationRecords:
    """Items of one location as they were read, and what has changed since.

    Args:
        table: Where more is read from.
        location_id: The location.
        read: Items that were read already, None for those that there are not.
    """

    def __init__(
        self, table: Table, location_id: str, read: Mapping[Key, Item | None] | None = None
    ) -> None:
        self._table = table
        self._location_id = location_id
        self._read: dict[Key, Item | None] = dict(read or {})
        self._changed: dict[Key, StoredValue[Any]] = {}
        self._until: dict[Key, int] = {}

    def load(self, *keys: Key) -> None:
        """Read what has not been read yet."""
        new = [key for key in keys if key not in self._read]
        self._read |= dict.fromkeys(new) | self._table.get_many(new)

    def kept(self, model: type[RecordT], key: Key) -> StoredValue[RecordT] | None:
        """Return a record with its changes; it must have been loaded."""
        if key in self._changed:
            return self._changed[key]
        item = self._read[key]
        if item is None:
            return None
        document = decode(item["data"])
        return StoredValue(
            record=model.model_validate(document["record"]),
            revision=int(item["revision"]),
            stamps=document["stamps"],
            statements=_statements(document),
            calendar_sequence=document.get("calendar_sequence", 0),
        )

    def item(self, key: Key) -> Item | None:
        """Return an item as it was read; it must have been loaded."""
        return self._read[key]

    def state(self, record: OpenRecord, at: Stamp, now: datetime | None) -> None:
        """Merge a statement; its record must have been loaded."""
        kept = self.kept(type(record), _key(self._location_id, record))
        self.change(kept, merge(kept, record, at, now))

    def erased_guest(
        self, booking_id: str | None, customer_ids: Sequence[str], now: datetime
    ) -> str | None:
        """Return the pseudonym of the guest if that was erased; all must have been loaded."""
        if booking_id is not None:
            kept = self.kept(Booking, booking_key(self._location_id, booking_id))
            if kept is not None and is_erased(kept.record.customer_id):
                return kept.record.customer_id
        for customer_id in customer_ids:
            guest = guest_digest(self._location_id, customer_id)
            mark = self._read[erasure_key(self._location_id, guest)]
            # DynamoDB deletes what has expired some days late.
            if mark is not None and mark["expires_at"] > now.timestamp():
                return pseudonym(self._location_id, customer_id)
        return None

    def moves_on(self, key: Key, until: datetime) -> bool:
        """Whether an item that is stored has to live longer than it says."""
        item = self._read[key]
        return item is not None and item.get("expires_at", 0) < (until - MOVED).timestamp()

    def keep(self, key: Key, until: datetime) -> None:
        """Let a record live until then at least; it must have been loaded."""
        self._until[key] = int(until.timestamp())
        if key not in self._changed and self.moves_on(key, until):
            kept = self.kept(_model_of(key), key)
            if kept is not None:
                self._changed[key] = replace(kept, revision=kept.revision + 1)

    def forget(self) -> None:
        """Forget all changes."""
        self._changed.clear()

    def change(self, before: StoredValue[RecordT] | None, after: StoredValue[RecordT]) -> None:
        """Remember a changed record until `save`."""
        if after is not before:
            self._changed[_key(self._location_id, after.record)] = after

    def location(self) -> LocationRecord:
        """Return the location from its two sources; both must have been loaded."""
        stated = self.kept(Location, location_key(self._location_id))
        item = self._read[settings_key(self._location_id)]
        return LocationRecord(
            id=self._location_id,
            stated=stated.record if stated else None,
            kept=_read_settings(item) if item else StoredSettings(),
        )

    def context(
        self, booking_id: str | None, *, customer_id: str | None, activity_id: str | None
    ) -> BookingContext | None:
        """Return the booking with what surrounds it, or None for an unknown location.

        The given customer and activity count where the booking names none. What people decided of
        its messages is in it only if that was loaded.
        """
        location_id = self._location_id
        location = self.location().effective
        if location is None:
            return None
        booking = self.kept(Booking, booking_key(location_id, booking_id)) if booking_id else None
        if booking:
            customer_id = booking.record.customer_id or customer_id
            activity_id = booking.record.activity_id or activity_id
        around: list[Key] = []
        if customer_id:
            around.append(customer_key(location_id, customer_id))
        if activity_id:
            around.append(activity_key(location_id, activity_id))
        self.load(*around)
        customer = self.kept(Customer, around[0]) if customer_id else None
        activity = self.kept(Activity, around[-1]) if activity_id else None
        decided = self._read.get(in_hand_key(location_id, booking_id)) if booking_id else None
        return BookingContext(
            location=location,
            booking=booking.record if booking else None,
            customer=customer.record if customer else None,
            activity=activity.record if activity else None,
            in_hand=decode_model(InHand, decided["data"]) if decided else None,
            calendar_sequence=booking.calendar_sequence if booking else 0,
        )

    def save(self, *also: Put) -> None:
        """Write what changed, and other items with it, all or nothing.

        Raises:
            ConditionFailedError: A record has changed since it was read.
            ContendedError: Another write is at one of the records.
        """
        puts = [self._put(key, kept) for key, kept in self._changed.items()]
        puts += also
        if len(puts) == 1:
            self._table.put(puts[0])  # half the price of a transaction
        elif puts:
            self._table.transact(puts)

    def _put(self, key: Key, kept: StoredValue[Any]) -> Put:
        record = kept.record.model_dump(mode="json", exclude_unset=True)
        stored = (self._read.get(key) or {}).get("expires_at", 0)
        item = {
            **key.attributes,
            "revision": kept.revision,
            "expires_at": max(stored, self._until.get(key, 0)) or None,
            "data": encode(
                {"record": record, "stamps": dict(kept.stamps), **_booking_document(kept)}
            ),
            **self._index(kept.record),
        }
        return Put(item, unchanged_since(kept.revision - 1))

    def _index(self, record: OpenRecord) -> dict[str, str]:
        if isinstance(record, Location):
            return _listed(self._location_id)
        if isinstance(record, Customer):
            return self._contacts(record)
        if not isinstance(record, Booking):
            return {}
        index = {}
        if record.customer_id is not None:
            index["GSI3PK"] = _guest_partition(self._location_id, record.customer_id)
            index["GSI3SK"] = record.id
        if record.start_time is not None:
            index["GSI1PK"] = partition(self._location_id, "BOOKINGS")
            index["GSI1SK"] = f"{utc_text(record.start_time)}#{record.id}"
        if record.confirmation_code:
            index["GSI2PK"] = _code_partition(self._location_id, record.confirmation_code)
            index["GSI2SK"] = record.id
        return index

    def _contacts(self, customer: Customer) -> dict[str, str]:
        """Return the keys that lead from e-mail addresses and phone number to a customer."""
        emails, numbers = contact_keys(customer.email), contact_keys(customer.phone)
        index = {}
        for name, keys in (("GSI1", emails[:1]), ("GSI2", numbers[:1]), ("GSI3", emails[1:])):
            for key in keys:
                index[f"{name}PK"] = _contact_partition(self._location_id, key)
                index[f"{name}SK"] = guest_digest(self._location_id, customer.id)
        return index


def _model_of(key: Key) -> type[Booking | Customer]:
    return Booking if key.sk == "BOOKING" else Customer


def _customers_named(event: Event) -> Sequence[str]:
    """Return the ids of the customers that an event names, one as a rule."""
    in_booking = event.booking.customer_id if event.booking else None
    named = (event.customer.id if event.customer else None, in_booking)
    return [*dict.fromkeys(each for each in named if each)]


def _guest_partition(location_id: str, customer_id: str) -> str:
    return partition(location_id, "GUEST", guest_digest(location_id, customer_id), "BOOKINGS")


def _contact_partition(location_id: str, key: str) -> str:
    digest = text_digest(f"{location_id}\x1f{key}")
    return partition(location_id, "CONTACT", digest)


def _key(location_id: str, record: OpenRecord) -> Key:
    if isinstance(record, Booking):
        return booking_key(location_id, record.id)
    if isinstance(record, Customer):
        return customer_key(location_id, record.id)
    if isinstance(record, Activity):
        return activity_key(location_id, record.id)
    return location_key(location_id)


def _code_partition(location_id: str, code: str) -> str:
    return partition(location_id, "BOOKING_CODE", text_digest(folded(code)))


def _receipt_key(event: Event) -> Key:
    return Key(partition(event.location_id, "EVENT", event.event_id), "RECEIPT")


def _receipt_item(key: Key, received_at: datetime) -> Item:
    return {
        **key.attributes,
        "received_at": received_at.isoformat(),
        "expires_at": time_to_live(received_at + KEEP_RECEIPTS),
    }


def _booking_document(kept: StoredValue[Any]) -> dict[str, Any]:
    """Return the part of a booking's document that holds what was stated and became of it."""
    if not isinstance(kept.record, Booking):
        return {}
    kinds = {"status": kept.statements.status, "times": kept.statements.times}
    imported = [
        [fact.kind.value, _statement_texts(fact.statement), list(fact.earlier)]
        for fact in kept.statements.imported
    ]
    return {
        "statements": {
            kind: [_statement_texts(one) for one in statements]
            for kind, statements in kinds.items()
        },
        **({"imported": imported} if imported else {}),
        "calendar_sequence": kept.calendar_sequence,
    }


def _statements(document: dict[str, Any]) -> StatementHistory:
    stored = document.get("statements", {})
    kinds = {
        kind: tuple(Statement(*one) for one in statements) for kind, statements in stored.items()
    }
    imported = tuple(
        ImportedFact(FactKind(kind), Statement(*one), tuple(earlier))
        for kind, one, earlier in document.get("imported", ())
    )
    return StatementHistory(**kinds, imported=imported)


def _statement_texts(one: Statement) -> list[str]:
    return [one.stamp, one.event_id, one.value]


def _change_key(location_id: str, booking_id: str, change_id: str) -> Key:
    return Key(booking_key(location_id, booking_id).pk, f"CHANGE#{change_id}")


def _change_item(key: Key, change: BookingStatusChange) -> Item:
    return {
        **key.attributes,
        "change_id": change.id,
        "old": change.old.value,
        "new": change.new.value,
        "at": change.at.isoformat(),
        "expires_at": time_to_live(change.at + KEEP_CHANGES),
    }


def _read_change(item: Item) -> BookingStatusChange:
    return BookingStatusChange(
        id=item["change_id"],
        old=BookingStatus(item["old"]),
        new=BookingStatus(item["new"]),
        at=datetime.fromisoformat(item["at"]),
    )


def _record_of(model: type[RecordT], item: Item) -> RecordT:
    return model.model_validate(decode(item["data"])["record"])


def _put_settings(location_id: str, kept: StoredSettings) -> Put:
    key = settings_key(location_id)
    document = {
        "settings": kept.settings.model_dump(mode="json", exclude_unset=True),
        "updated_at": kept.updated_at.isoformat() if kept.updated_at else None,
    }
    item = {
        **key.attributes,
        "revision": kept.revision,
        "data": encode(document),
        **_listed(location_id),
    }
    return Put(item, unchanged_since(kept.revision - 1))


def _listed(location_id: str) -> dict[str, str]:
    return {"GSI1PK": _LOCATIONS, "GSI1SK": location_id}


def _read_settings(item: Item) -> StoredSettings:
    document = decode(item["data"])
    at = document["updated_at"]
    return StoredSettings(
        settings=LocationSettings.model_validate(document["settings"]),
        revision=int(item["revision"]),
        updated_at=datetime.fromisoformat(at) if at else None,
    )


def location_keys(location_id: str) -> tuple[Key, Key]:
    """Return the keys of a location's two sources."""
    return location_key(location_id), settings_key(location_id)


def _booking_keys(location_id: str, booking_id: str | None) -> list[Key]:
    return [booking_key(location_id, booking_id)] if booking_id else []


def _keys_around(location_id: str, stated: tuple[OpenRecord, ...]) -> list[Key]:
    """Return keys of the customer and activity that a stated booking names by their ids."""
    keys: list[Key] = []
    for record in stated:
        if isinstance(record, Booking) and record.customer_id:
            keys.append(customer_key(location_id, record.customer_id))
        if isinstance(record, Booking) and record.activity_id:
            keys.append(activity_key(location_id, record.activity_id))
    return keys


def _overtaken() -> TransientError:
    return TransientError(
        f"Other writes of the same booking came first, {TRIES} times.",
        remedy="It is retried.",
    )
