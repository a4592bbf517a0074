// The timeline of one booking: what was sent, is planned, was skipped or failed, and why.
import { CalendarClock, CircleCheck, CircleX, Clock, LoaderCircle, SkipForward } from "lucide-react";
import { Link } from "wouter";
import { useTimeline, type TimelineEntry } from "../../api/records";
import { dateTime } from "../../components/format";
import { Page } from "../../components/Page";
import { Empty, Failed, Loading } from "../../components/States";
import { words } from "../../core/forms";
import { usePlace } from "../../place";
import "./timeline.css";

const KINDS = {
  done: { word: "Done", tone: "good", Icon: CircleCheck },
  planned: { word: "Planned", tone: "info", Icon: CalendarClock },
  waiting: { word: "Waiting", tone: "info", Icon: Clock },
  running: { word: "Running", tone: "info", Icon: LoaderCircle },
  skipped: { word: "Skipped", tone: "warn", Icon: SkipForward },
  failed: { word: "Failed", tone: "bad", Icon: CircleX },
} as const;

export default function TimelinePage({ bookingId }: { bookingId: string }) {
  const { path } = usePlace();
  const timeline = useTimeline(bookingId);
  return (
    <Page
      trail={["Dashboard", <Link key="bookings" href={path("/bookings")}>Bookings</Link>]}
      title={bookingId}
      about="Everything that workflows did, plan or left out for this booking."
    >
      <div className="card">
        {timeline.isError && !timeline.data ? (
          <Failed error={timeline.error} onRetry={() => void timeline.refetch()} />
        ) : !timeline.data ? (
          <Loading what="the timeline" />
        ) : timeline.data.items.length === 0 ? (
          <Empty icon={<CalendarClock size={24} />} title="Nothing yet">
            No workflow has done or planned anything for this booking.
          </Empty>
        ) : (
          <ol className="timeline">
            {timeline.data.items.map((entry, index) => (
              <Entry key={index} entry={entry} />
            ))}
          </ol>
        )}
      </div>
    </Page>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { path } = usePlace();
  const { word, tone, Icon } = KINDS[entry.kind];
  const address = entry.execution_id
    ? `/workflows/${entry.workflow_id}/executions/${entry.execution_id}`
    : `/workflows/${entry.workflow_id}/editor`;
  return (
    <li className="timeline__entry">
      <time className="muted small numbers" dateTime={entry.at}>
        {dateTime(entry.at)}
      </time>
      <span className={`timeline__sign timeline__sign--${tone}`} aria-hidden>
        <Icon size={16} />
      </span>
      <div className="table__main">
        <span>
          <strong>{entry.node_name || words(entry.what)}</strong>{" "}
          <span className={`badge badge--${tone}`}>{word}</span>
        </span>
        <span className="muted small">
          <Link href={path(address)}>{entry.workflow_name || entry.workflow_id}</Link>
          {entry.event_type && ` · ${entry.event_type}`}
        </span>
        {entry.reason && <span className="small">{entry.reason}</span>}
      </div>
    </li>
  );
}
