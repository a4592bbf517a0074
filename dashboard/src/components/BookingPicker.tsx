// Takes the id of a booking; those to come that fit what is typed are offered by name.
import { useId } from "react";
import { useBookings } from "../api/reads";
import type { InputProps } from "./Field";
import { Missing } from "./Missing";
import { useWritten } from "./Time";
import { useSettled } from "./useSettled";

const TYPING_MS = 250;

interface BookingPickerProps {
  input: InputProps;
  value: string;
  onChange: (bookingId: string) => void;
}

export function BookingPicker({ input, value, onChange }: BookingPickerProps) {
  const listId = useId();
  const bookings = useBookings(null, useSettled(value.trim(), TYPING_MS));
  const writeTime = useWritten();
  return (
    <>
      <input
        {...input}
        className="input"
        list={listId}
        autoComplete="off"
        spellCheck={false}
        placeholder="bk-4711"
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      <Missing of={bookings} what="Bookings to choose from" />
      <datalist id={listId}>
        {bookings.data?.pages
          .flatMap((page) => page.items)
          .map(({ booking, customer }) => (
            <option key={booking.id} value={booking.id}>
              {[
                booking.confirmation_code,
                customer && `${customer.first_name} ${customer.last_name}`,
                booking.start_time && writeTime(booking.start_time),
              ]
                .filter(Boolean)
                .join(" · ")}
            </option>
          ))}
      </datalist>
    </>
  );
}
