// Bookings, found by code, name or id; each is the way to its timeline.
import { CalendarSearch, Search, SearchX } from "lucide-react";
import { useDeferredValue, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { useBookings } from "../../api/records";
import { Button } from "../../components/Button";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { Cell, Row } from "../../components/Table";
import { Time } from "../../components/Time";
import { fits, nameOfPerson, type Visit } from "../../core/bookings";
import { words } from "../../core/forms";
import { startOfDay } from "../../core/times";
import { usePlace } from "../../place";

/** How many pages are looked through for what is searched. */
const MOST_PAGES = 20;

export default function BookingsPage() {
  const { path, zone } = usePlace();
  const [, navigate] = useLocation();
  const [text, setText] = useState("");
  const [daysAgo, setDaysAgo] = useState(0);
  const sought = useDeferredValue(text.trim());
  const bookings = useBookings(daysAgo && zone ? startOfDay(daysAgo, zone) : null);
  const found = searched(bookings, sought);
  useWholeList(bookings, sought !== "");
  const address = (bookingId: string) => path(`/bookings/${encodeURIComponent(bookingId)}`);
  return (
    <Page
      trail={["Dashboard"]}
      title="Bookings"
      about="What was sent, what is planned and what was skipped, for each booking."
    >
      <form
        className="toolbar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const [one, ...more] = found.data?.pages.flatMap((page) => page.items) ?? [];
          if (one && more.length === 0) navigate(address(one.booking.id));
        }}
      >
        <div className="search">
          <Search size={16} aria-hidden />
          <input
            className="input"
            type="search"
            aria-label="Search bookings"
            placeholder="Confirmation code, customer or id"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <select
          className="input"
          aria-label="Starting"
          value={daysAgo}
          onChange={(event) => setDaysAgo(Number(event.target.value))}
        >
          <option value={0}>From now on</option>
          <option value={30}>Since 30 days ago</option>
          <option value={365}>Since a year ago</option>
        </select>
      </form>
      <List
        what="bookings"
        query={found}
        columns={["Booking", "Customer", "Status", "Starts"]}
        row={(visit) => <BookingRow key={visit.booking.id} visit={visit} address={address(visit.booking.id)} />}
        empty={
          sought ? (
            <Empty
              icon={<SearchX size={24} />}
              title="Nothing fits"
              actions={<Button onPress={() => navigate(address(sought))}>Open “{sought}” as an id</Button>}
            >
              No booking in this time fits. Look further back, or open it by its id.
            </Empty>
          ) : (
            <Empty icon={<CalendarSearch size={24} />} title="No bookings in this time">
              Bookings show up here as soon as the booking system sends their events.
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

type Bookings = ReturnType<typeof useBookings>;

/** Returns the list with what fits alone. */
function searched(bookings: Bookings, text: string): Bookings {
  if (!text || !bookings.data) return bookings;
  const pages = bookings.data.pages.map((page) => ({
    ...page,
    items: page.items.filter((visit) => fits(visit, text)),
  }));
  return { ...bookings, data: { ...bookings.data, pages } };
}

/** Reads on while something is searched: the API finds bookings by their start alone. */
function useWholeList({ data, hasNextPage, isFetching, fetchNextPage }: Bookings, isWanted: boolean): void {
  const isEnough = (data?.pages.length ?? 0) >= MOST_PAGES;
  useEffect(() => {
    if (isWanted && hasNextPage && !isFetching && !isEnough) void fetchNextPage();
  }, [isWanted, hasNextPage, isFetching, isEnough, fetchNextPage]);
}
