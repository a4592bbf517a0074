// Guests who come today and cannot be written to: somebody has to call or to tell them at the desk.
import { Link } from "wouter";
import { Time } from "../../components/Time";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { LIVE, Part } from "./Part";

const REASONS = {
  unsubscribed: "unsubscribed",
  bounced: "messages came back",
  complained: "reported as spam",
  manual: "blocked by the staff",
} as const;

export function SuppressedGuests() {
  const { path } = useCurrentLocation();
  const guests = useApi().useQuery("get", "/home/suppressed-guests", {}, LIVE);
  return (
    <Part
      title="Today’s guests who get no messages"
      query={guests}
      empty={({ guests }) => (guests.length === 0 ? "All of today’s guests can be written to." : null)}
    >
      {({ guests, is_complete }) => (
        <>
          <ul className="home__list">
            {guests.map((guest) => (
              <li key={`${guest.booking_id} ${guest.address}`} className="home__row">
                <div className="home__text">
                  <strong>
                    <Link href={path(`/bookings/${encodeURIComponent(guest.booking_id)}`)}>
                      {guest.guest || guest.confirmation_code || guest.booking_id}
                    </Link>
                  </strong>
                  <span className="muted small">
                    <Time at={guest.start_time} />
                    {guest.guest && guest.confirmation_code && ` · ${guest.confirmation_code}`}
                  </span>
                  <span className="muted small">
                    {guest.address}: {REASONS[guest.reason]}
                    {guest.scope === "marketing" && ", marketing only"}
                  </span>
                </div>
              </li>
            ))}
          </ul>
          {!is_complete && <p className="muted small">Only the first 250 bookings of today were looked at.</p>}
        </>
      )}
    </Part>
  );
}
