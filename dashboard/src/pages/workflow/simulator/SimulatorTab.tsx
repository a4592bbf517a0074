// The simulator: what the draft and the published version do for a booking over its life.
import { useQuery } from "@tanstack/react-query";
import { ArrowRightLeft, FlaskConical, Minus, Pencil, Play, Plus } from "lucide-react";
import { useState } from "react";
import { body } from "../../../api/client";
import { ApiError, messageOf } from "../../../api/problem";
import { BookingPicker } from "../../../components/BookingPicker";
import { useBookingId } from "../../../components/useBookingId";
import { Button } from "../../../components/Button";
import { FieldChanges } from "../../../components/Changes";
import { Field } from "../../../components/Field";
import { count } from "../../../components/format";
import { Json } from "../../../components/Json";
import { Notice } from "../../../components/Notice";
import { Segments } from "../../../components/Segments";
import { Empty, Loading } from "../../../components/States";
import { Time } from "../../../components/Time";
import { TimelineEntry } from "../../../components/TimelineEntry";
import type { Draft } from "../../../core/draft";
import {
  changesOf,
  markedEntries,
  type Entry,
  type Side,
  type Simulation,
  type SimulationDifference,
} from "../../../core/simulation";
import { momentOf } from "../../../core/times";
import { useCurrentLocation } from "../../../currentLocation";
import { usePreviewBooking } from "../form/preview";
import "./simulator.css";

interface SimulationRequest {
  bookingId: string;
  /** Where to stop (RFC 3339); null for the end of all that follows. */
  until: string | null;
}

interface SimulatorTabProps {
  workflowId: string;
  draft: Draft;
  /** The booking that the address names. */
  bookingId: string | null;
}

export function SimulatorTab({ workflowId, draft, bookingId }: SimulatorTabProps) {
  const { api, zone } = useCurrentLocation();
  const bookingOf = useBookingId();
  const [remembered, remember] = usePreviewBooking();
  const [booking, setBooking] = useState(bookingId ?? remembered);
  const [until, setUntil] = useState("");
  const [request, setRequest] = useState<SimulationRequest | null>(bookingId ? { bookingId, until: null } : null);
  const simulation = useQuery({
    queryKey: ["simulation", workflowId, request],
    enabled: request !== null,
    gcTime: 0,
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      await draft.store();
      return body(
        api.POST("/workflows/{workflow_id}/simulation", {
          signal,
          params: { path: { workflow_id: workflowId } },
          body: { booking_id: await bookingOf(request?.bookingId ?? ""), until: request?.until ?? null },
        }),
      );
    },
  });
  const ask = () => {
    const next = { bookingId: booking.trim(), until: until && zone ? momentOf(until, zone) : null };
    remember(next.bookingId);
    if (JSON.stringify(next) === JSON.stringify(request)) void simulation.refetch();
    else setRequest(next);
  };
  return (
    <div className="workflow__body">
      <div className="page">
        <h2 className="visually-hidden">Simulator</h2>
        <form
          className="card simulator__ask"
          onSubmit={(event) => {
            event.preventDefault();
            if (booking.trim()) ask();
          }}
        >
          <Field label="Booking">
            {(input) => <BookingPicker input={input} value={booking} onChange={(chosen) => setBooking(chosen)} />}
          </Field>
          <Field label="Stop at" isOptional help={zone ? `Time zone: ${zone}` : undefined}>
            {(input) => (
              <input
                {...input}
                className="input"
                type="datetime-local"
                value={until}
                onChange={({ target }) => setUntil(target.value)}
              />
            )}
          </Field>
          <Button
            type="submit"
            look="primary"
            icon={<Play size={15} />}
            isPending={simulation.isFetching}
            isDisabled={!booking.trim()}
          >
            Simulate
          </Button>
        </form>
        {simulation.isError ? (
          <Problem error={simulation.error} bookingId={request?.bookingId ?? ""} />
        ) : simulation.data ? (
          <Outcome simulation={simulation.data} />
        ) : simulation.isFetching ? (
          <Loading what="the simulation" />
        ) : (
          <div className="card">
            <Empty icon={<FlaskConical size={24} />} title="Try the draft on a real booking">
              Bookflow replays the booking’s events on a simulated clock, once with the draft and once with the
              published version. Nothing is sent, and nothing changes.
            </Empty>
          </div>
        )}
      </div>
    </div>
  );
}

function Problem({ error, bookingId }: { error: unknown; bookingId: string }) {
  if (error instanceof ApiError && error.isMissing) {
    return <Notice tone="bad">This location has no booking {bookingId}.</Notice>;
  }
  return (
    <Notice tone="bad">
      <span>{messageOf(error)}</span>
      {error instanceof ApiError &&
        error.problem.problems.map((problem) => (
          <span key={problem.field + problem.reason}>
            {problem.reason} {problem.remedy}
          </span>
        ))}
    </Notice>
  );
}

function Outcome({ simulation }: { simulation: Simulation }) {
  const [side, setSide] = useState<Side>("draft");
  const { draft, published, differences } = simulation;
  const titles = {
    draft: `Draft (revision ${draft.revision})`,
    published: published ? `Published (version ${published.version})` : "Not published yet",
  };
  return (
    <>
      <Notice tone={differences.length ? "warn" : "info"}>
        <span role="status">
          {!published
            ? "Nothing is published yet; this is what the draft does."
            : differences.length
              ? `The draft differs from the published version in ${count(differences.length, "entry", "entries")}.`
              : "The draft does the same as the published version for this booking."}
        </span>
      </Notice>
      <History simulation={simulation} />
      {published && (
        <div className="simulator__switch">
          <Segments
            label="Show"
            options={[
              ["draft", "Draft"],
              ["published", "Published"],
            ]}
            value={side}
            onChange={setSide}
          />
        </div>
      )}
      <div className={published ? `simulator simulator--${side}` : "simulator simulator--alone"}>
        <Column title={titles.draft} simulation={simulation} side="draft" />
        {published && <Column title={titles.published} simulation={simulation} side="published" />}
      </div>
    </>
  );
}

function History({ simulation }: { simulation: Simulation }) {
  const { history, history_complete: isComplete, until } = simulation;
  return (
    <details className="simulator__history">
      <summary>
        {count(history.length, "event")} replayed, until <Time at={until} />
      </summary>
      <ul className="plain-list">
        {history.map((past, index) => (
          <li key={index}>
            {past.event_type} · <Time at={past.at} />
            {past.origin === "reconstructed" && (
              <span className="muted"> · reconstructed from the booking, at an estimated time</span>
            )}
          </li>
        ))}
      </ul>
      {!isComplete && <p className="muted small">The booking has more executions than were checked.</p>}
    </details>
  );
}

function Column({ title, simulation, side }: { title: string; simulation: Simulation; side: Side }) {
  const entries = markedEntries(simulation, side);
  return (
    <section className={`card simulator__side simulator__side--${side}`} aria-label={title}>
      <h3>{title}</h3>
      {entries.length === 0 ? (
        <p className="muted small simulator__none">It does nothing for this booking.</p>
      ) : (
        <ol className="timeline">
          {entries.map(({ entry, difference }, index) => (
            <TimelineEntry
              key={index}
              entry={entry}
              isLinked={false}
              className={difference ? "timeline__entry--differs" : ""}
            >
              {difference && <Mark difference={difference} side={side} />}
              <Details entry={entry} />
            </TimelineEntry>
          ))}
        </ol>
      )}
    </section>
  );
}

/** What the entry would send or change, as a dry run shows it. */
function Details({ entry: { details = {}, node_name, what } }: { entry: Entry }) {
  if (Object.keys(details).length === 0) return null;
  return (
    <details className="simulator__details">
      <summary className="small">Show message</summary>
      <Json value={details} label={`Message of “${node_name || what}”`} />
    </details>
  );
}

const MARKS = {
  only_draft: { Icon: Plus, tone: "good", words: "Only in the draft" },
  only_published: { Icon: Minus, tone: "bad", words: "Only in the published version" },
  moved: { Icon: ArrowRightLeft, tone: "warn", words: "At another time" },
  changed: { Icon: Pencil, tone: "warn", words: "Different" },
} as const;

/** How an entry differs from the other side: a sign and words. */
function Mark({ difference, side }: { difference: SimulationDifference; side: Side }) {
  const { Icon, tone, words } = MARKS[difference.kind];
  const other = side === "draft" ? difference.published : difference.draft;
  const changes = side === "draft" ? changesOf(difference) : [];
  return (
    <div className="simulator__mark">
      <span className={`badge badge--${tone}`}>
        <Icon size={13} aria-hidden />
        {words}
      </span>
      {difference.kind === "moved" && other && (
        <span className="small">
          {side === "draft" ? "Published" : "Draft"}: <Time at={other.at} />
        </span>
      )}
      {changes.length > 0 && (
        <details>
          <summary className="small">What differs from the published version</summary>
          <FieldChanges changes={changes} />
        </details>
      )}
    </div>
  );
}
