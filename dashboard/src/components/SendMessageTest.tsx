// Sends a template to the operator, or to a number of the settings, for a booking or a sample.
import { Send } from "lucide-react";
import { useState } from "react";
import type { Schema } from "../api/client";
import { READS } from "../api/queries";
import { useSettings } from "../api/reads";
import type { OwnSettings } from "../core/settings";
import { isByEmail, isBySms, type Channel } from "../core/templates";
import { useApi } from "../currentLocation";
import { BookingPicker } from "./BookingPicker";
import { Button } from "./Button";
import { FormDialog } from "./Dialog";
import { Field } from "./Field";
import { Notice } from "./Notice";
import { Select } from "./Select";
import { useToasts } from "./toasts";
import { useBookingId } from "./useBookingId";

interface SendMessageTestProps {
  /** Null for a template that was never saved: then `content` is needed. */
  templateId: string | null;
  name: string;
  channel: Channel;
  /** The event that the template is sent after. */
  trigger: string;
  /** What is written and not saved yet. */
  content?: Schema<"TemplateContent">;
  /** The guest's language; by default that of the booking's. */
  locale?: string | null;
}

/** The test in a dialog behind a button. */
export function SendMessageTest(props: SendMessageTestProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon={<Send size={14} />} onPress={() => setOpen(true)}>
        Send test
      </Button>
      {isOpen && <TestDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

const TO_ME = "";

/** What is said of the test's calendar entry. */
const CALENDAR_NOTES: Readonly<Record<Schema<"TestView">["calendar_entry"], string>> = {
  attached: ", with a calendar entry that is marked as a test",
  "not asked for": "",
  "the booking has no start": ", without a calendar entry, as the booking has no start",
};

function TestDialog(props: SendMessageTestProps & { onClose: () => void }) {
  const { templateId, name, channel, trigger, content, locale = null, onClose } = props;
  const api = useApi();
  const { report, reportFailure } = useToasts();
  const settings: OwnSettings = useSettings().data?.settings ?? {};
  const numbers = settings.test_numbers ?? [];
  const places = [
    ...(isByEmail(channel) ? [[TO_ME, "Your own e-mail address"] as const] : []),
    ...(isBySms(channel) ? numbers.map((number) => [number, `SMS to ${number}`] as const) : []),
  ];
  const [bookingId, setBookingId] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const place = chosen ?? places[0]?.[0];
  const sent = {
    ...READS,
    onSuccess: ({ to, calendar_entry }: Schema<"TestView">) => {
      report(`Sent a test to ${to}${CALENDAR_NOTES[calendar_entry]}.`);
      onClose();
    },
  };
  const saved = api.useMutation("post", "/templates/{template_id}/test", sent);
  const unsaved = api.useMutation("post", "/templates/test", sent);
  const test = templateId === null ? unsaved : saved;
  const bookingOf = useBookingId();
  const send = async () => {
    const body = { trigger, booking_id: (await bookingOf(bookingId)) || null, phone: place || null, locale };
    if (templateId !== null) {
      saved.mutate({ params: { path: { template_id: templateId } }, body: { ...body, content: content ?? null } });
    } else if (content) {
      unsaved.mutate({ body: { ...body, content } });
    }
  };
  return (
    <FormDialog
      title={`Send test: ${name}`}
      action="Send test"
      isBusy={test.isPending}
      isReady={place !== undefined}
      error={test.error}
      onSubmit={() => void send().catch(reportFailure)}
      onClose={onClose}
    >
      <p>The message is marked as a test. Nothing is recorded, and its links do nothing.</p>
      {place === undefined ? (
        <Notice tone="warn">No number for a test SMS is set. An admin adds one in the settings, under “Messages”.</Notice>
      ) : (
        <Field label="Send it to">
          {(input) => <Select {...input} options={places} value={place} onChange={setChosen} />}
        </Field>
      )}
      <Field label="Booking" isOptional help="Whose values stand in it. Leave it empty for a sample booking">
        {(input) => <BookingPicker input={input} value={bookingId} onChange={(chosen) => setBookingId(chosen)} />}
      </Field>
    </FormDialog>
  );
}
