// Bookings, each the way to its timeline.
import { CalendarSearch, Search } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { useBookings } from "../../api/records";
import { Button } from "../../components/Button";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { Cell, Row } from "../../components/Table";
import { Time } from "../../components/Time";
import { words } from "../../core/forms";
import { usePlace } from "../../place";

export default function BookingsPage() {
  const { path } = usePlace();
  const [, navigate] = useLocation();
  const [id, setId] = useState("");
  const bookings = useBookings();
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
          if (id.trim()) navigate(address(id.trim()));
        }}
      >
        <div className="search">
          <Search size={16} aria-hidden />
          <input
            className="input"
            type="search"
            aria-label="Booking id"
            placeholder="Go to a booking by its id"
            value={id}
            onChange={(event) => setId(event.target.value)}
          />
        </div>
        <Button type="submit">Open</Button>
      </form>
      <List
        what="bookings"
        query={bookings}
        columns={["Booking", "Customer", "Status", "Starts"]}
        row={({ booking, customer }) => (
          <Row key={booking.id}>
            <Cell>
              <div className="table__main">
                <Link href={address(booking.id)} className="table__title">
                  {booking.confirmation_code ?? booking.id}
                </Link>
                {booking.confirmation_code && booking.confirmation_code !== booking.id && (
              <span className="muted small">{booking.id}</span>
            )}
              </div>
            </Cell>
            <Cell of="Customer">
              {customer ? (
                `${customer.first_name} ${customer.last_name}`
              ) : (
                <span className="muted">unknown</span>
              )}
            </Cell>
            <Cell of="Status">{booking.status ? words(booking.status) : <span className="muted">unknown</span>}</Cell>
            <Cell of="Starts">{booking.start_time ? <Time at={booking.start_time} /> : <span className="muted">unknown</span>}</Cell>
          </Row>
        )}
        empty={
          <Empty icon={<CalendarSearch size={24} />} title="No coming bookings">
            Bookings show up here as soon as the booking system sends their events.
          </Empty>
        }
      />
    </Page>
  );
}
