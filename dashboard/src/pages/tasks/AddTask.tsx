// A task that a person writes down, beside those that workflows make.
import { useState } from "react";
import { BookingPicker } from "../../components/BookingPicker";
import { useBookingId } from "../../components/useBookingId";
import { FormDialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { Select } from "../../components/Select";
import { useToasts } from "../../components/toasts";
import { momentOf } from "../../core/times";
import { useApi, useCurrentLocation } from "../../currentLocation";

const PRIORITIES = { low: "Low", normal: "Normal", high: "High" } as const;

export function AddTask({ onClose }: { onClose: () => void }) {
  const { zone, identity } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [priority, setPriority] = useState<keyof typeof PRIORITIES>("normal");
  const [due, setDue] = useState("");
  const [isMine, setMine] = useState(true);
  const [bookingId, setBookingId] = useState("");
  const add = useApi().useMutation("post", "/tasks", {
    onSuccess: () => {
      report(`Added the task: ${title.trim()}`);
      onClose();
    },
  });
  const due_at = due && zone ? momentOf(due, zone) : null;
  const bookingOf = useBookingId();
  const submit = async () =>
    add.mutate({
      body: {
        title: title.trim(),
        description,
        priority,
        due_at,
        assignee: isMine ? identity.name : null,
        booking_id: (await bookingOf(bookingId)) || null,
      },
    });
  return (
    <FormDialog
      title="Add task"
      action="Add task"
      isBusy={add.isPending}
      isReady={title.trim() !== ""}
      error={add.error}
      onSubmit={() => void submit().catch(reportFailure)}
      onClose={onClose}
    >
      <Field label="What is to be done" isRequired>
        {(input) => (
          <input {...input} className="input" maxLength={500} value={title} onChange={({ target }) => setTitle(target.value)} />
        )}
      </Field>
      <Field label="Description" isOptional>
        {(input) => (
          <textarea
            {...input}
            className="input"
            maxLength={20_000}
            value={description}
            onChange={({ target }) => setDescription(target.value)}
          />
        )}
      </Field>
      <Field label="Priority">
        {(input) => <Select {...input} options={PRIORITIES} value={priority} onChange={setPriority} />}
      </Field>
      <Field label="Due" help="In the location’s time zone; otherwise in 24 hours" isOptional>
        {(input) => (
          <input
            {...input}
            className="input"
            type="datetime-local"
            value={due}
            onChange={({ target }) => setDue(target.value)}
          />
        )}
      </Field>
      <Field label="Assignee">
        {(input) => (
          <Select
            {...input}
            options={{ me: `Me (${identity.name})`, nobody: "Nobody yet" }}
            value={isMine ? "me" : "nobody"}
            onChange={(whose) => setMine(whose === "me")}
          />
        )}
      </Field>
      <Field label="Booking" isOptional>
        {(input) => <BookingPicker input={input} value={bookingId} onChange={setBookingId} />}
      </Field>
    </FormDialog>
  );
}
