// Edits one planned message for one booking: its text for this once, checked and shown as the guest would get it.
import { keepPreviousData } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import type { Schema } from "../../api/client";
import { ApiError, messageOf } from "../../api/problem";
import { useCatalogue, useHomeLanguage } from "../../api/reads";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { Notice } from "../../components/Notice";
import { PlannedMessages } from "../../components/PlannedMessages";
import { Select } from "../../components/Select";
import { Failed, Loading } from "../../components/States";
import { useToasts } from "../../components/toasts";
import { useSettled } from "../../components/useSettled";
import { isSameBlocks } from "../../core/blocks";
import { ruleOperators, type Catalogue } from "../../core/catalogue";
import { problemsOfSave, sentences, type FieldProblem } from "../../core/fieldProblems";
import { languageName } from "../../core/languages";
import { FIELDS, isByEmail, isBySms, problemsOfPreview, templateVariables, textsOf, UNRENDERED_SUBJECT } from "../../core/templates";
import { useApi } from "../../currentLocation";
import { SubjectField } from "../templates/line/SubjectField";
import { MailField } from "../templates/MailField";
import { SmsSize } from "../templates/SmsSize";
import { TextField } from "../templates/TextField";
import "../templates/templates.css";

/** Waited for after a key before the preview is made again: a location may make 60 a minute. */
const TYPING_MS = 700;

/** Paths of what is written in the form. */
const OF_FORM = /^(subject|html|blocks|text|sms)\b/;

type Message = Schema<"PlannedMessageView">;

interface EditOnceProps {
  bookingId: string;
  /** Whom it is for, as people say it. */
  guest: string;
  entryId: string;
  onClose: () => void;
}

export default function EditOnce({ bookingId, guest, entryId, onClose }: EditOnceProps) {
  const api = useApi();
  const params = { path: { booking_id: bookingId }, query: { entry_id: entryId } };
  const planned = api.useQuery("get", "/bookings/{booking_id}/in-hand/messages", { params }, { staleTime: Infinity, gcTime: 0 });
  const catalogue = useCatalogue();
  const [chosen, setChosen] = useState<string | null>(null);
  const failed = [planned, catalogue].find((query) => query.isError && !query.data);
  const messages = planned.data?.items ?? [];
  const message = messages.find(({ node_id }) => node_id === chosen) ?? messages[0];
  if (!failed && message && catalogue.data) {
    return (
      <EditDialog
        key={message.node_id}
        {...{ bookingId, guest, entryId, message, onClose }}
        catalogue={catalogue.data}
        picker={
          messages.length > 1 && (
            <Field label="Message" help="This entry sends more than one. Choose the one to edit.">
              {(input) => (
                <Select
                  {...input}
                  options={messages.map((each) => [each.node_id, each.node_name || each.template.name] as const)}
                  value={message.node_id}
                  onChange={setChosen}
                />
              )}
            </Field>
          )
        }
      />
    );
  }
  return (
    <Dialog title="Edit this once" isOpen onClose={onClose} actions={<Button onPress={onClose}>Close</Button>}>
      {failed ? (
        <Failed error={failed.error} onRetry={() => void failed.refetch()} />
      ) : planned.data && catalogue.data ? (
        <p>This entry sends no message that can be edited.</p>
      ) : (
        <Loading what="the message" />
      )}
    </Dialog>
  );
}

interface EditDialogProps extends EditOnceProps {
  message: Message;
  catalogue: Catalogue;
  /** Chooses another message of the entry. */
  picker: ReactNode;
}

function EditDialog({ bookingId, guest, entryId, message, catalogue, picker, onClose }: EditDialogProps) {
  const api = useApi();
  const { report, reportFailure } = useToasts();
  const begun = message.texts;
  const [texts, setTexts] = useState(begun);
  const [rejected, setRejected] = useState<readonly FieldProblem[]>([]);
  const home = useHomeLanguage();
  const operators = useMemo(() => ruleOperators(catalogue), [catalogue]);
  const variables = useMemo(
    () => templateVariables(catalogue, message.event_type, message.template.category),
    [catalogue, message],
  );
  const of = { params: { path: { booking_id: bookingId } } };
  const at = { entry_id: entryId, node_id: message.node_id };
  const settled = useSettled(texts, TYPING_MS);
  const preview = api.useQuery(
    "post",
    "/bookings/{booking_id}/in-hand/messages/preview",
    { ...of, body: { ...at, texts: settled } },
    { staleTime: 60_000, gcTime: 60_000, placeholderData: keepPreviousData },
  );
  const problems = useMemo(
    () => [...rejected, ...problemsOfPreview(preview.data?.problems ?? [])],
    [rejected, preview.data],
  );
  const done = (said: string) => ({
    meta: { changes: ["/bookings"] },
    onSuccess: () => {
      report(said);
      onClose();
    },
  });
  const save = api.useMutation("put", "/bookings/{booking_id}/in-hand/messages", {
    ...done("This message was edited for this booking."),
    onError: (error: unknown) =>
      error instanceof ApiError && error.status === 422 && error.problem.errors.length > 0
        ? setRejected(problemsOfSave(error.problem.errors))
        : reportFailure(error),
  });
  const takeBack = api.useMutation("post", "/bookings/{booking_id}/in-hand/messages/take-back", {
    ...done("This message uses its template again."),
    onError: reportFailure,
  });
  const change = (part: Partial<typeof texts>) => {
    setRejected([]);
    setTexts((now) => textsOf({ ...now, ...part } as Parameters<typeof textsOf>[0], null));
  };
  const { channel, name } = message.template;
  const isChanged = !isSameBlocks(texts, begun);
  const text = { variables, isReadOnly: false };
  // What the template itself gets wrong is not written here.
  const elsewhere = problems.filter((problem) => !OF_FORM.test(problem.field));
  const field = (part: string) => problems.filter((problem) => problem.field === part);
  const shown = preview.data;
  return (
    <Dialog
      isOpen
      isWide
      title={`Edit this once: ${name}`}
      // What was written is not lost by a press beside the dialog.
      isStrict={isChanged}
      onClose={onClose}
      actions={
        <>
          {message.edited && (
            <Button isPending={takeBack.isPending} onPress={() => takeBack.mutate({ ...of, body: at })}>
              Use the template again
            </Button>
          )}
          <Button onPress={onClose}>Cancel</Button>
          <Button
            look="primary"
            isPending={save.isPending}
            isDisabled={!isChanged || problems.length > 0}
            onPress={() => save.mutate({ ...of, body: { ...at, texts } })}
          >
            Save for this booking
          </Button>
        </>
      }
    >
      <p>
        Only this message, and only for this booking{guest && ` of ${guest}`}. Your text is used once, also if the booking
        moves or the template changes.
      </p>
      {message.is_outdated && (
        <Notice>The template was changed after this edit. The message keeps the text of the edit.</Notice>
      )}
      {elsewhere.map((problem) => (
        <Notice key={problem.field + problem.text} tone="bad">
          {problem.text}
        </Notice>
      ))}
      {/* Another message begins anew, so it is not offered over one that is being written. */}
      {!isChanged && picker}
      <div className="edit-once">
        <div className="form">
          {isByEmail(channel) && (
            <>
              <SubjectField
                {...text}
                value={texts.subject}
                problems={field("subject")}
                isRequired
                standIn={undefined}
                onChange={(subject) => change({ subject })}
              />
              <MailField
                {...text}
                texts={texts}
                language={null}
                ownLanguage={languageName(message.language ?? home)}
                problems={problems}
                operators={operators}
                onChange={change}
                onCopy={() => undefined}
              />
            </>
          )}
          {isBySms(channel) && (
            <TextField
              {...text}
              label={FIELDS.sms}
              value={texts.sms}
              problems={field("sms")}
              maxLength={4000}
              rows={5}
              onChange={(sms) => change({ sms })}
            >
              {shown?.sms && shown.sms_size && <SmsSize sms={shown.sms} size={shown.sms_size} />}
            </TextField>
          )}
        </div>
        <section className="edit-once__preview" aria-label="Preview" aria-busy={preview.isFetching}>
          <h2>Preview</h2>
          {preview.isError && <Notice tone="bad">{messageOf(preview.error)}</Notice>}
          {shown?.problems
            .filter(({ severity }) => severity === "warning")
            .map((each) => (
              <Notice key={each.message} tone="warn">
                {sentences(each.message, each.remedy)}
              </Notice>
            ))}
          {shown ? <PlannedMessages of={outcomeOf(shown, guest || "the recipient")} /> : !preview.isError && <Loading what="the preview" />}
        </section>
      </div>
    </Dialog>
  );
}

/** Returns what of a preview could be rendered, as messages. */
function outcomeOf({ subject, html, text, sms }: Schema<"Preview">, to: string) {
  return [
    ...(html !== null || text !== null ? [{ to, subject: subject ?? UNRENDERED_SUBJECT, html, text }] : []),
    ...(sms === null ? [] : [{ to, text: sms }]),
  ];
}
