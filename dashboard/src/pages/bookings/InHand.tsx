// A booking's planned messages in hand: which kinds are on, and what can be done with an entry that is planned.
import { Pencil, Send, SkipForward, Undo2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Schema } from "../../api/client";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Dialog";
import { Switch } from "../../components/Switch";
import { useToasts } from "../../components/toasts";
import { useApi } from "../../currentLocation";

const EditOnce = lazy(() => import("./EditOnce"));

const CHANGES = { meta: { changes: ["/bookings", "/executions"] } };

/** Which automatic messages the booking gets. */
export function MessageSwitches({ bookingId, isDisabled }: { bookingId: string; isDisabled: boolean }) {
  const api = useApi();
  const { reportFailure } = useToasts();
  const of = { params: { path: { booking_id: bookingId } } };
  const stored = api.useQuery("get", "/bookings/{booking_id}/in-hand", of).data;
  const save = api.useMutation("put", "/bookings/{booking_id}/in-hand", { ...CHANGES, onError: reportFailure });
  if (!stored) return null;
  const { no_reminders, no_marketing } = save.isPending ? save.variables.body : stored;
  const change = (changes: Partial<Schema<"MessageSwitches">>) =>
    save.mutate({ ...of, body: { no_reminders, no_marketing, ...changes } });
  const isBusy = isDisabled || save.isPending;
  return (
    <fieldset className="card message-switches">
      <legend className="visually-hidden">Automatic messages of this booking</legend>
      <Switch isOn={!no_reminders} isDisabled={isBusy} onChange={(isOn) => change({ no_reminders: !isOn })}>
        Reminders
      </Switch>
      <Switch isOn={!no_marketing} isDisabled={isBusy} onChange={(isOn) => change({ no_marketing: !isOn })}>
        Marketing and surveys
      </Switch>
      <span className="muted small">Automatic messages of this booking, also after it moves.</span>
    </fieldset>
  );
}

/** What can be done with a planned entry of the timeline. */
export function PlannedActions({ bookingId, guest, entry }: { bookingId: string; guest: string; entry: Schema<"TimelineEntry"> }) {
  const api = useApi();
  const { report, reportFailure } = useToasts();
  const [isAsked, setAsked] = useState(false);
  const [isEdited, setEdited] = useState(false);
  const entry_id = entry.execution_id ?? entry.workflow_id;
  const params = { path: { booking_id: bookingId } };
  const skip = api.useMutation("post", "/bookings/{booking_id}/in-hand/skip", { ...CHANGES, onError: reportFailure });
  const send = api.useMutation("post", "/bookings/{booking_id}/in-hand/send-now", {
    ...CHANGES,
    onSuccess: () => report("It is being sent."),
    onError: reportFailure,
    onSettled: () => setAsked(false),
  });
  const isSkipped = entry.reason_code === "skipped_by_hand";
  const name = entry.workflow_name || entry.workflow_id;
  return (
    <span className="planned-actions">
      <Button
        size="small"
        aria-label={`${isSkipped ? "Take back" : "Skip"}: ${name}`}
        icon={isSkipped ? <Undo2 size={14} /> : <SkipForward size={14} />}
        isPending={skip.isPending}
        onPress={() => skip.mutate({ params, body: { entry_id, skipped: !isSkipped } })}
      >
        {isSkipped ? "Take back" : "Skip"}
      </Button>
      <Button size="small" aria-label={`Send now: ${name}`} icon={<Send size={14} />} onPress={() => setAsked(true)}>
        Send now
      </Button>
      <Button size="small" aria-label={`Edit this once: ${name}`} icon={<Pencil size={14} />} onPress={() => setEdited(true)}>
        Edit this once
      </Button>
      {isEdited && (
        <Suspense>
          <EditOnce bookingId={bookingId} guest={guest} entryId={entry_id} onClose={() => setEdited(false)} />
        </Suspense>
      )}
      {isAsked && (
        <Confirm
          title="Send it now?"
          action="Send now"
          isBusy={send.isPending}
          onConfirm={() => send.mutate({ params, body: { entry_id } })}
          onClose={() => setAsked(false)}
        >
          <p>“{name}” goes on at once for this booking. No second message follows at the planned time.</p>
        </Confirm>
      )}
    </span>
  );
}
