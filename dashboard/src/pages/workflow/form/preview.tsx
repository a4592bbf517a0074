// Chooses the booking that a workflow's editor previews with.
import { useState } from "react";
import { useParams } from "wouter";
import { BookingPicker } from "../../../components/BookingPicker";
import { Field } from "../../../components/Field";
import { useCurrentLocation } from "../../../currentLocation";

/** Returns the booking that this workflow's editor previews with; kept while the window is open. */
export function usePreviewBooking(): [string, (bookingId: string) => void] {
  const { locationId } = useCurrentLocation();
  const { id } = useParams<{ id: string }>();
  const key = `bookflow.preview.${locationId}.${id}`;
  const [bookingId, setBookingId] = useState(() => sessionStorage.getItem(key) ?? "");
  return [
    bookingId,
    (chosen) => {
      sessionStorage.setItem(key, chosen);
      setBookingId(chosen);
    },
  ];
}

interface PreviewChoiceProps {
  value: string;
  onChange: (bookingId: string) => void;
}

export function PreviewChoice({ value, onChange }: PreviewChoiceProps) {
  return (
    <Field label="Preview with booking" isOptional help="Texts and variables show their values for it">
      {(input) => <BookingPicker input={input} value={value} onChange={(chosen, isKnown) => onChange(isKnown ? chosen : "")} />}
    </Field>
  );
}
