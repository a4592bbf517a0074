// Takes a booking by its code, its id or its guest: those that fit what is typed are offered.
import { useEffect, useEffectEvent, useId, useState } from "react";
import { useBookings } from "../api/reads";
import { codeOf, guestOf, namedBy } from "../core/bookings";
import type { InputProps } from "./Field";
import { Missing } from "./Missing";
import { useWritten } from "./Time";
import { useSettled } from "./useSettled";

const TYPING_MS = 250;

interface BookingPickerProps {
  input: InputProps;
  /** Id of the booking; what was typed as long as no booking is known by it. */
  value: string;
  /** Called with the id of the booking that is named by what is typed; with what is typed where none is. */
  onChange: (bookingId: string, isKnown: boolean) => void;
}

export function BookingPicker({ input, value, onChange }: BookingPickerProps) {
  const listId = useId();
  const [text, setText] = useState(value);
  const sought = useSettled(text.trim(), TYPING_MS);
  const bookings = useBookings(null, sought);
  const writeTime = useWritten();
  const visits = bookings.data?.pages.flatMap((page) => page.items) ?? [];
  const named = namedBy(visits, text)?.booking.id;
  const take = useEffectEvent((bookingId: string) => {
    if (bookingId !== value || bookingId === text.trim()) onChange(bookingId, true);
  });
  useEffect(() => {
    if (named !== undefined) take(named);
  }, [named]);
  return (
    <>
      <input
        {...input}
        className="input"
        list={listId}
        autoComplete="off"
        spellCheck={false}
        placeholder="Code, guest or id"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          const known = namedBy(visits, target.value)?.booking.id;
          onChange(known ?? target.value.trim(), known !== undefined);
        }}
      />
      <Missing of={bookings} what="Bookings to choose from" />
      <datalist id={listId}>
        {visits.map((visit) => (
          <option key={visit.booking.id} value={codeOf(visit)}>
            {[guestOf(visit), visit.booking.start_time && writeTime(visit.booking.start_time)].filter(Boolean).join(" · ")}
          </option>
        ))}
      </datalist>
    </>
  );
}
