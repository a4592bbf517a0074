// Sends a message to the guests of a departure, or of one booking: for whom, what, a look at it, and how far it is.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { body, type Schema } from "../../api/client";
import { messageOf } from "../../api/problem";
import { READS } from "../../api/queries";
import { useCatalogue, useTemplatePreview, useWorkflows } from "../../api/reads";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { count } from "../../components/format";
import { Notice } from "../../components/Notice";
import { PlannedMessages } from "../../components/PlannedMessages";
import { Segments } from "../../components/Segments";
import { Loading } from "../../components/States";
import { Time } from "../../components/Time";
import { audienceOf, BY_HAND, dayOf, GREETING, nameOf, templateOf, tomorrow, type Audience, type Choice, type Written } from "../../core/batches";
import { nameOfPerson } from "../../core/bookings";
import { sentences } from "../../core/fieldProblems";
import { messagesOf } from "../../core/planned";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { BatchProgress } from "./BatchProgress";
import { SendForm, type What } from "./SendForm";
import { useSend } from "./useSend";

interface SendDialogProps {
  /** The one booking that it is for; without it, bookings are chosen by their day. */
  booking?: Schema<"BookingView">["booking"];
  onClose: () => void;
}

export default function SendDialog({ booking, onClose }: SendDialogProps) {
  const { zone: known } = useCurrentLocation();
  const api = useApi();
  const zone = known ?? "UTC";
  const [choice, setChoice] = useState<Choice>(() => ({
    day: tomorrow(zone),
    departure: "",
    withCancelled: false,
    partyMin: "",
    partyMax: "",
  }));
  const [what, setWhat] = useState<What>({ how: "write", workflowId: "", written: { channel: "email", subject: "", text: GREETING } });
  const [isShown, setShown] = useState(false);
  const [toAll, setToAll] = useState(false);
  const day = dayOf(choice.day, zone);
  const departures = api.useQuery(
    "get",
    "/departures",
    { params: { query: { since: day?.since ?? "", until: day?.until ?? "" } } },
    { enabled: !booking && day !== null },
  );
  const listed = departures.data?.items ?? [];
  const audience = booking ? { booking_id: booking.id } : audienceOf(choice, listed, zone);
  const workflows = useStartable();
  const send = useSend();
  const workflowId = what.how === "workflow" ? what.workflowId : null;
  const counted = useAudience(isShown ? audience : null, workflowId);
  const first = counted.data?.named[0]?.booking.id ?? booking?.id ?? null;
  const last = counted.data?.batch ?? null;
  const seen = last?.id ?? null;
  const hasMore = counted.data?.complete === false;
  const number = counted.data ? (toAll ? counted.data.bookings : counted.data.left) : 0;
  const has = counted.data ? counted.data.bookings - counted.data.left : 0;
  const title = booking ? `Send to ${booking.confirmation_code ?? booking.id}` : "Send to guests";

  if (send.workflowId) {
    return <BatchProgress title={title} workflowId={send.workflowId} onClose={onClose} />;
  }
  if (!isShown) {
    return (
      <Dialog
        title={title}
        isOpen
        isWide
        onClose={onClose}
        actions={
          <>
            <Button onPress={onClose}>Cancel</Button>
            <Button look="primary" type="submit" form="send" isDisabled={!audience || !isComplete(what)}>
              Preview
            </Button>
          </>
        }
      >
        <SendForm
          id="send"
          isForOne={booking !== undefined}
          choice={choice}
          departures={day ? departures : null}
          workflows={workflows}
          what={what}
          onChoice={setChoice}
          onWhat={setWhat}
          onSubmit={() => {
            if (audience && isComplete(what)) setShown(true);
          }}
        />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={title}
      isOpen
      isWide
      onClose={onClose}
      actions={
        <>
          <Button
            onPress={() => {
              setShown(false);
              setToAll(false);
              send.forget();
            }}
          >
            Back
          </Button>
          <Button
            look="primary"
            // The button of the step before stays here in focus: one that cannot be pressed would lose it, and Escape.
            isPending={send.isPending || counted.isLoading}
            isDisabled={!counted.isLoading && ((number === 0 && !hasMore) || !audience)}
            onPress={() => audience && send.send({ what, audience, againAfter: toAll ? seen : null, leftOf: toAll ? null : seen, until: booking ? (booking.end_time ?? booking.start_time) : audience.until })}
          >
            {hasMore ? (toAll || has === 0 ? "Send to all" : "Send to all who are left") : number ? `Send to ${count(number, "booking")}` : "Send"}
          </Button>
        </>
      }
    >
      {send.error != null && <Notice tone="bad">{messageOf(send.error)}</Notice>}
      {counted.isError ? (
        <Notice tone="bad">{messageOf(counted.error)}</Notice>
      ) : !counted.data ? (
        <Loading what="the bookings" />
      ) : (
        <>
          {hasMore && <Notice>There are more bookings than can be counted at once. All of them get it, not only those that are named here.</Notice>}
          {counted.data.bookings === 0 && !hasMore && <Notice tone="warn">No booking is meant by this. Go back and choose others.</Notice>}
          {has > 0 && last && (
            <>
              <Notice>
                {count(has, "booking")} got this on <Time at={last.run_started_at} />.{" "}
                {counted.data.left === 0 && !hasMore ? "Nobody is left." : `${count(counted.data.left, "booking is", "bookings are")} left.`}
              </Notice>
              <Segments
                label="Who gets it"
                options={[
                  ["left", `Those who are left (${counted.data.left})`],
                  ["all", `Send again to everybody (${counted.data.bookings})`],
                ]}
                value={toAll ? "all" : "left"}
                onChange={(chosen) => setToAll(chosen === "all")}
              />
            </>
          )}
          {number > 0 && <Recipients of={counted.data} number={number} toAll={toAll} />}
          {first && (
            <section className="send__preview" aria-label="Preview of the first message">
              <h3>The first message</h3>
              {what.how === "workflow" ? (
                <WorkflowPreview workflowId={what.workflowId} version={workflows.find(({ id }) => id === what.workflowId)?.version ?? 1} bookingId={first} />
              ) : (
                <WrittenPreview written={what.written} bookingId={first} />
              )}
            </section>
          )}
        </>
      )}
    </Dialog>
  );
}

function isComplete({ how, workflowId, written }: What): boolean {
  if (how === "workflow") return workflowId !== "";
  return written.text.trim() !== "" && (written.channel === "sms" || written.subject.trim() !== "");
}

/** Returns the published workflows that can be started by hand, those that are made for it first. */
function useStartable() {
  const catalogue = useCatalogue().data;
  const workflows = useWorkflows({ text: "", trigger: "", enabled: "" }).data;
  const startable = new Set(catalogue?.triggers.filter(({ by_hand }) => by_hand).map(({ event }) => event));
  return (workflows?.pages ?? [])
    .flatMap((page) => page.items)
    .filter(({ trigger, published_version }) => published_version !== null && trigger !== null && startable.has(trigger))
    .sort((one, other) => Number(other.trigger === BY_HAND) - Number(one.trigger === BY_HAND))
    .map(({ published_version, ...each }) => ({ ...each, version: published_version ?? 1 }));
}

function useAudience(audience: Audience | null, workflowId: string | null) {
  const api = useApi();
  return useQuery({
    queryKey: ["post", "/audience", audience, workflowId],
    queryFn: () =>
      body(api.POST("/audience", { body: { audience: audience as Schema<"Audience">, workflow_id: workflowId } })),
    enabled: audience !== null,
    staleTime: 0,
    ...READS,
  });
}

/** Who gets it, by name. */
function Recipients({ of: { named, bookings }, number, toAll }: { of: Schema<"AudienceCountView">; number: number; toAll: boolean }) {
  const shown = toAll ? [] : named;
  return (
    <details className="send__who">
      <summary>
        <strong>{count(number, "booking")}</strong>{" "}
        <span className="muted small">
          {shown.slice(0, 3).map(({ booking, customer }) => (customer && nameOfPerson(customer)) || booking.id).join(", ")}
          {shown.length > 3 && ` and ${number - 3} more`}
        </span>
      </summary>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul tabIndex={0} aria-label="Who gets it">
        {shown.map(({ booking, customer }) => (
          <li key={booking.id}>
            {(customer && nameOfPerson(customer)) || "Unknown guest"}{" "}
            <span className="muted small">{booking.confirmation_code ?? booking.id}</span>
          </li>
        ))}
        {toAll && <li className="muted small">All {bookings} bookings, whether they have it or not.</li>}
        {!toAll && number > shown.length && <li className="muted small">And {number - shown.length} more.</li>}
      </ul>
    </details>
  );
}

function WrittenPreview({ written, bookingId }: { written: Written; bookingId: string }) {
  const preview = useTemplatePreview(templateOf(written, nameOf(written)), { trigger: BY_HAND, bookingId });
  if (preview.error != null) return <Notice tone="bad">{messageOf(preview.error)}</Notice>;
  if (!preview.data) return <Loading what="the message" />;
  const { subject, text, sms, problems } = preview.data;
  const messages = [
    ...(text !== null && written.channel !== "sms" ? [{ to: "the guest", subject: subject ?? "", text }] : []),
    ...(sms !== null && written.channel !== "email" ? [{ to: "the guest", text: sms }] : []),
  ];
  return (
    <>
      {problems.map(({ message, remedy, severity }) => (
        <Notice key={message} tone={severity === "warning" ? "warn" : "bad"}>
          {sentences(message, remedy)}
        </Notice>
      ))}
      <PlannedMessages of={messages} />
    </>
  );
}

function WorkflowPreview({ workflowId, version, bookingId }: { workflowId: string; version: number; bookingId: string }) {
  const api = useApi();
  const run = useQuery({
    queryKey: ["post", "/workflows/{workflow_id}/dry-run", workflowId, version, bookingId],
    queryFn: () =>
      body(
        api.POST("/workflows/{workflow_id}/dry-run", {
          params: { path: { workflow_id: workflowId } },
          body: { booking_id: bookingId, version, event: {} },
        }),
      ),
    staleTime: 0,
  });
  if (run.error) return <Notice tone="bad">{messageOf(run.error)}</Notice>;
  if (!run.data) return <Loading what="the message" />;
  const messages = run.data.steps.map(({ plan }) => messagesOf(plan ?? {})).find((found) => found.length > 0);
  const skipped = run.data.steps.find(({ outcome, message }) => outcome !== "planned" && message);
  if (messages) return <PlannedMessages of={messages.slice(0, 1)} />;
  return <p className="muted">{skipped?.message ?? "The workflow sends this guest no message."}</p>;
}

