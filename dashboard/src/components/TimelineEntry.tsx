// One line of a booking's timeline: when, what, how it went, and why.
import { CalendarClock, CircleCheck, CircleX, Clock, LoaderCircle, SkipForward } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Schema } from "../api/client";
import { readable } from "../core/fieldProblems";
import { words } from "../core/words";
import type { Detail } from "../core/times";
import { outcomeWords } from "../core/messages";
import { useCurrentLocation } from "../currentLocation";
import { SentMessages } from "./SentMessages";
import { Time } from "./Time";
import "./timeline.css";

const KINDS = {
  done: { word: "Done", tone: "good", Icon: CircleCheck },
  planned: { word: "Planned", tone: "info", Icon: CalendarClock },
  waiting: { word: "Waiting", tone: "info", Icon: Clock },
  running: { word: "Running", tone: "info", Icon: LoaderCircle },
  skipped: { word: "Skipped", tone: "warn", Icon: SkipForward },
  failed: { word: "Failed", tone: "bad", Icon: CircleX },
} as const;

interface TimelineEntryProps {
  entry: Schema<"TimelineEntry">;
  /** How its time is shown. */
  time?: Detail;
  /** Whether it links to its execution. */
  isLinked?: boolean;
  /** What else is shown of it, such as how it differs. */
  children?: ReactNode;
  className?: string;
}

export function TimelineEntry({ entry, time = "minutes", isLinked = true, children, className = "" }: TimelineEntryProps) {
  const { path } = useCurrentLocation();
  const { word, tone, Icon } = KINDS[entry.kind];
  const address = entry.execution_id
    ? `/workflows/${entry.workflow_id}/executions/${entry.execution_id}`
    : `/workflows/${entry.workflow_id}/editor`;
  const name = entry.workflow_name || entry.workflow_id;
  const workflow = isLinked ? <Link href={path(address)}>{name}</Link> : name;
  const isOfStep = entry.node_id != null;
  const did = outcomeWords(entry.what, entry.details ?? {});
  return (
    <li className={`timeline__entry ${className}`}>
      <Time at={entry.at} detail={time} className="muted small numbers" />
      <span className={`timeline__sign timeline__sign--${tone}`} aria-hidden>
        <Icon size={16} />
      </span>
      <div className="table__main">
        <span>
          <strong>{isOfStep ? entry.node_name || words(entry.what) : workflow}</strong>{" "}
          <span className={`badge badge--${tone}`}>{word}</span>
          {entry.edited && <span className="badge">Edited for this booking</span>}
        </span>
        <span className="muted small">
          {isOfStep && (isLinked ? workflow : words(entry.what))}
          {isOfStep && entry.event_type && " · "}
          {entry.event_type}
        </span>
        {entry.reason && <span className="small">{readable(entry.reason)}</span>}
        {did && <span className="small timeline__words">{did}</span>}
        {entry.messages.length > 0 && <SentMessages messages={entry.messages} />}
        {children}
      </div>
    </li>
  );
}
