// Bookings, found by code, name or id; each links to its timeline.
import { CalendarSearch, FileUp, SearchX, Send } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { useBookings } from "../../api/reads";
import { Button } from "../../components/Button";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { SearchInput } from "../../components/SearchInput";
import { Select } from "../../components/Select";
import { Empty } from "../../components/States";
import { Cell, Row } from "../../components/Table";
import { Time } from "../../components/Time";
import { useSettled } from "../../components/useSettled";
import { nameOfPerson, type Visit } from "../../core/bookings";
import { words } from "../../core/words";
import { startOfDay } from "../../core/times";
import { useCurrentLocation } from "../../currentLocation";
import "./bookings.css";

const SendDialog = lazy(() => import("./SendDialog"));

const TYPING_MS = 250;

export default function BookingsPage() {
  const { may, path, zone } = useCurrentLocation();
  const [, navigate] = useLocation();
  const [text, setText] = useState("");
  const [daysAgo, setDaysAgo] = useState(0);
  const [isOpening, setOpening] = useState(false);
  const [isSending, setSending] = useState(false);
  const sought = useSettled(text.trim(), TYPING_MS);
  const bookings = useBookings(daysAgo && zone ? startOfDay(daysAgo, zone) : null, sought);
  const address = (bookingId: string) => path(`/bookings/${encodeURIComponent(bookingId)}`);

  const isAll = sought === text.trim() && !bookings.isFetching && !bookings.hasNextPage;
  const [one, ...more] = (isAll && bookings.data?.pages.flatMap((page) => page.items)) || [];
  const only = one && more.length === 0 ? address(one.booking.id) : null;
  useEffect(() => {
    if (isOpening && only) navigate(only);
  }, [isOpening, only, navigate]);
  return (
    <Page
      trail={["Dashboard"]}
      title="Bookings"
      about="What was sent, what is planned and what was skipped, for each booking."
      actions={
        may("editor") && (
          <>
            <Button icon={<FileUp size={16} />} onPress={() => navigate(path("/import"))}>
              Import
            </Button>
            <Button look="primary" icon={<Send size={16} />} onPress={() => setSending(true)}>
              Send to guests
            </Button>
          </>
        )
      }
    >
      {isSending && (
        <Suspense>
          <SendDialog onClose={() => setSending(false)} />
        </Suspense>
      )}
      <form
        className="toolbar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setOpening(true);
        }}
      >
        <SearchInput
          label="Search bookings"
          placeholder="Confirmation code, customer or id"
          value={text}
          onChange={(typed) => {
            setText(typed);
            setOpening(false);
          }}
        />
        <Select
          aria-label="Starting"
          options={{ 0: "From now on", 30: "Since 30 days ago", 365: "Since a year ago" }}
          value={`${daysAgo}`}
          onChange={(days) => setDaysAgo(Number(days))}
        />
      </form>
      <List
        what="bookings"
        query={bookings}
        columns={["Booking", "Customer", "Status", "Starts"]}
        row={(visit) => <BookingRow key={visit.booking.id} visit={visit} address={address(visit.booking.id)} />}
        empty={
          sought ? (
            <Empty icon={<SearchX size={24} />} title="Nothing found">
              No booking in this period matches. Search further back, or search for the whole code or id.
            </Empty>
          ) : (
            <Empty icon={<CalendarSearch size={24} />} title="No bookings in this period">
              Bookings appear here as soon as the booking system sends their events.
              {may("editor") && (
                <>
                  {" "}
                  <Link href={path("/import")}>Import those that exist already.</Link>
                </>
              )}
            </Empty>
          )
        }
      />
    </Page>
  );
}

function BookingRow({ visit: { booking, customer }, address }: { visit: Visit; address: string }) {
  const unknown = <span className="muted">unknown</span>;
  return (
    <Row>
      <Cell>
        <div className="table__main">
          <Link href={address} className="table__title">
            {booking.confirmation_code ?? booking.id}
          </Link>
          {booking.confirmation_code && booking.confirmation_code !== booking.id && (
            <span className="muted small">{booking.id}</span>
          )}
        </div>
      </Cell>
      <Cell of="Customer">{(customer && nameOfPerson(customer)) || unknown}</Cell>
      <Cell of="Status">{booking.status ? words(booking.status) : unknown}</Cell>
      <Cell of="Starts">{booking.start_time ? <Time at={booking.start_time} /> : unknown}</Cell>
    </Row>
  );
}
