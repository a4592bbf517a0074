// Turns what somebody typed for a booking into its id, however quickly it is sent after that.
import { body } from "../api/client";
import { namedBy } from "../core/bookings";
import { useApi } from "../currentLocation";

const LONGEST = 200;

/** Returns what finds the id of the booking of a code or id; what was typed where no booking is known by it. */
export function useBookingId(): (typed: string) => Promise<string> {
  const api = useApi();
  return async (typed) => {
    const text = typed.trim();
    if (!text || text.length > LONGEST) return text;
    const found = await body(api.GET("/bookings", { params: { query: { text } } }));
    return namedBy(found.items, text)?.booking.id ?? text;
  };
}
