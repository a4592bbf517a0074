// Erases a guest: names what goes and what stays, asks for the booking's code, and then shows how far it is.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { messageOf } from "../../api/problem";
import { READS } from "../../api/queries";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { Time } from "../../components/Time";
import { nameOfPerson } from "../../core/bookings";
import { erasedSoFar, isCodeOf, type Erasure } from "../../core/guests";
import { useApi } from "../../currentLocation";

const LIVE_MS = 1_500;

interface EraseDialogProps {
  booking: Schema<"BookingView">["booking"];
  customer: NonNullable<Schema<"BookingView">["customer"]>;
  onClose: () => void;
}

export function EraseDialog({ booking, customer, onClose }: EraseDialogProps) {
  const api = useApi();
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const guest = { params: { path: { customer_id: customer.id } } };
  // What shows the guest is read again when the dialog closes: it has the code to be typed.
  const erase = api.useMutation("post", "/customers/{customer_id}/erase", READS);
  const isBegun = erase.isSuccess;
  const followed = api.useQuery("get", "/customers/{customer_id}/erasure", guest, {
    enabled: isBegun,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? LIVE_MS : false),
  });
  const erasure = followed.data ?? erase.data;
  const name = nameOfPerson(customer) || "this guest";
  const isConfirmed = isCodeOf(booking, typed);
  const close = () => {
    if (isBegun) void client.invalidateQueries();
    onClose();
  };
  if (isBegun) {
    return (
      <Dialog title="Erasing the guest" isOpen isWide onClose={close} actions={<Button onPress={close}>Close</Button>}>
        {erasure && <Progress of={erasure} />}
      </Dialog>
    );
  }
  return (
    <Dialog
      title={`Erase ${name}?`}
      isOpen
      isWide
      onClose={close}
      actions={
        <>
          <Button onPress={close}>Cancel</Button>
          <Button look="danger" type="submit" form="erase" isPending={erase.isPending} isDisabled={!isConfirmed}>
            Erase guest
          </Button>
        </>
      }
    >
      <form
        id="erase"
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isConfirmed) erase.mutate(guest);
        }}
      >
        <Notice tone="warn">This cannot be undone. It concerns all bookings of the guest.</Notice>
        <div className="erase">
          <section>
            <h3>What is erased</h3>
            <ul>
              <li>Name, addresses and everything else about the guest</li>
              <li>Codes and additional fields of the bookings</li>
              <li>Notes, tasks, and the texts of survey answers</li>
              <li>What executions were given, sent and received</li>
              <li>Planned reminders and waiting executions: they end</li>
            </ul>
          </section>
          <section>
            <h3>What stays</h3>
            <ul>
              <li>Times, status, price and party size of the bookings</li>
              <li>Statistics, and stars of survey answers</li>
              <li>A block of the address, by its fingerprint</li>
              <li>For up to 90 days: backups, logs and the history of Step Functions</li>
              <li>What other systems keep; each is listed after the erasure</li>
            </ul>
          </section>
        </div>
        <Field
          label={`To confirm, enter the booking's ${booking.confirmation_code ? "code" : "id"}`}
          isRequired
          help={booking.confirmation_code ?? booking.id}
          problems={erase.error ? [{ text: messageOf(erase.error), severity: "error" }] : []}
        >
          {(input) => (
            <input
              {...input}
              className="input"
              autoComplete="off"
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

/** How far an erasure is, and where it cannot reach. */
export function Progress({ of }: { of: Erasure }) {
  const so = erasedSoFar(of.counts);
  return (
    <>
      <div role="status">
        {of.state === "failed" ? (
          <Notice tone="bad">
            {of.reason} {of.remedy}
          </Notice>
        ) : of.state === "running" ? (
          <Notice>It continues by itself; you can close this.</Notice>
        ) : (
          <Notice tone="good">
            The guest is erased.
            {of.state === "checking" && " In 15 minutes everything is looked through once more, for what was in progress."}
          </Notice>
        )}
      </div>
      {so.length > 0 && <p>Erased so far: {so.join(", ")}.</p>}
      <p>
        Until <Time at={of.refused_until} detail="day" />, events from the booking system bring nothing of this guest
        in again. Erase the guest in the booking system too.
      </p>
      <h3>Where it cannot reach</h3>
      {/* On a phone the dialog scrolls here, by keys as well. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className="erase__beyond" tabIndex={0} aria-label="Where it cannot reach">
        {of.beyond_reach.map(({ place, holds, gone_by }) => (
          <li key={place}>
            <strong>{place}</strong>
            <span className="muted small">{holds}</span>
            <span className="small">{gone_by ? <>Deleted by <Time at={gone_by} detail="day" /></> : "Until somebody removes it"}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
