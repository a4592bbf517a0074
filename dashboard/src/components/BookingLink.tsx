// Leads to a booking, named by its code and its guest.
import { Link } from "wouter";
import { codeOf, guestOf } from "../core/bookings";
import { useBookingNamed } from "../api/reads";
import { useCurrentLocation } from "../currentLocation";

export function BookingLink({ id }: { id: string }) {
  const { path } = useCurrentLocation();
  const visit = useBookingNamed(id);
  const guest = visit && guestOf(visit);
  return (
    <span className="table__main">
      <Link href={path(`/bookings/${encodeURIComponent(id)}`)}>{visit ? codeOf(visit) : id}</Link>
      {guest && <span className="small">{guest}</span>}
      {visit && codeOf(visit) !== id && <span className="muted small">{id}</span>}
    </span>
  );
}
