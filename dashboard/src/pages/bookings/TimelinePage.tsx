// The timeline of one booking: what was sent, is planned, was skipped or failed, and why.
import { CalendarClock, ChevronDown, FlaskConical } from "lucide-react";
import { Link, useLocation } from "wouter";
import { useTimeline } from "../../api/records";
import { useWorkflows } from "../../api/workflows";
import { Button } from "../../components/Button";
import { Menu } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Empty, Failed, Loading } from "../../components/States";
import { TimelineEntry } from "../../components/TimelineEntry";
import { usePlace } from "../../place";

export default function TimelinePage({ bookingId }: { bookingId: string }) {
  const { may, path } = usePlace();
  const timeline = useTimeline(bookingId);
  // Each further page holds earlier runs; the line goes from the first to the last.
  const entries = timeline.data?.pages.toReversed().flatMap((page) => page.items);
  return (
    <Page
      trail={["Dashboard", <Link key="bookings" href={path("/bookings")}>Bookings</Link>]}
      title={bookingId}
      about="Everything that workflows did, plan or left out for this booking."
      actions={may("editor") && <Simulate bookingId={bookingId} />}
    >
      <div className="card">
        {timeline.isError && !entries ? (
          <Failed error={timeline.error} onRetry={() => void timeline.refetch()} />
        ) : !entries ? (
          <Loading what="the timeline" />
        ) : (
          <>
            {timeline.hasNextPage && (
              <div className="more">
                <Button isPending={timeline.isFetchingNextPage} onPress={() => void timeline.fetchNextPage()}>
                  Show what was before
                </Button>
              </div>
            )}
            {entries.length === 0 ? (
              <Empty icon={<CalendarClock size={24} />} title="Nothing yet">
                No workflow has done or planned anything for this booking.
              </Empty>
            ) : (
              <ol className="timeline">
                {entries.map((entry, index) => (
                  <TimelineEntry key={index} entry={entry} />
                ))}
              </ol>
            )}
          </>
        )}
      </div>
    </Page>
  );
}

/** Chooses the workflow that is tried on the booking. */
function Simulate({ bookingId }: { bookingId: string }) {
  const { path } = usePlace();
  const [, navigate] = useLocation();
  const workflows = useWorkflows({ text: "", trigger: "", enabled: "" });
  const found = workflows.data?.pages.flatMap((page) => page.items) ?? [];
  if (found.length === 0) return null;
  return (
    <Menu
      label="Workflow to simulate"
      entries={found.map(({ id, name }) => ({
        id,
        label: name,
        onAction: () => navigate(path(`/workflows/${id}/simulator/${encodeURIComponent(bookingId)}`)),
      }))}
    >
      <Button icon={<FlaskConical size={16} />}>
        Simulate a workflow <ChevronDown size={15} aria-hidden />
      </Button>
    </Menu>
  );
}
