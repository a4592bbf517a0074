// Narrows a list down to one booking, by its code, its guest or its id.
import { CalendarDays } from "lucide-react";
import { useId } from "react";
import { BookingPicker } from "./BookingPicker";

interface BookingFilterProps {
  /** Called with the booking's id, with nothing for all bookings, and with null while no booking is meant. */
  onChange: (bookingId: string | null) => void;
}

export function BookingFilter({ onChange }: BookingFilterProps) {
  const id = useId();
  return (
    <div className="search">
      <CalendarDays size={16} aria-hidden />
      <label htmlFor={id} className="visually-hidden">
        Booking
      </label>
      <BookingPicker
        input={{ id, "aria-describedby": undefined, "aria-invalid": false, "aria-required": false }}
        value=""
        onChange={(chosen, isKnown) => onChange(isKnown || chosen === "" ? chosen : null)}
      />
    </div>
  );
}

/** What is said while what is typed names no booking. */
export const NO_BOOKING = "No booking has this code or id. Type the whole code, or choose one that is offered.";
