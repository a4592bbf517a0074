// The timeline of one booking: what was sent, is planned, was skipped or failed, and why.
import { CalendarClock, ChevronDown, FlaskConical, Send } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link, useLocation } from "wouter";
import type { Schema } from "../../api/client";
import { PAGED } from "../../api/queries";
import { useWorkflows } from "../../api/reads";
import { Button } from "../../components/Button";
import { Menu } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Empty, Failed, Loading } from "../../components/States";
import { Missing } from "../../components/Missing";
import { Notice } from "../../components/Notice";
import { RelativeDay, Time } from "../../components/Time";
import { TimelineEntry } from "../../components/TimelineEntry";
import { nameOfPerson } from "../../core/bookings";
import { words } from "../../core/words";
import { isErased } from "../../core/guests";
import { byDay } from "../../core/times";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { GuestData } from "./GuestData";
import { MessageSwitches, PlannedActions } from "./InHand";
import "./bookings.css";

const SendDialog = lazy(() => import("./SendDialog"));

export default function TimelinePage({ bookingId }: { bookingId: string }) {
  const { may, path, zone } = useCurrentLocation();
  const api = useApi();
  const [isSending, setSending] = useState(false);
  const of = { params: { path: { booking_id: bookingId } } };
  const timeline = api.useInfiniteQuery("get", "/bookings/{booking_id}/timeline", of, {
    ...PAGED,
    staleTime: 0,
    refetchInterval: 15_000,
  });
  const reading = api.useQuery("get", "/bookings/{booking_id}", of);
  const booking = reading.data;
  // Each further page holds earlier executions; the line goes from the first to the last.
  const entries = timeline.data?.pages.toReversed().flatMap((page) => page.items);
  return (
    <Page
      trail={["Dashboard", <Link key="bookings" href={path("/bookings")}>Bookings</Link>]}
      title={booking?.booking.confirmation_code ?? bookingId}
      about="Everything that workflows did, plan to do or skipped for this booking."
      actions={
        <>
          {may("admin") && booking && <GuestData of={booking} />}
          {may("editor") && <Simulate bookingId={bookingId} />}
          {may("editor") && booking && !isErased(booking.booking) && (
            <Button icon={<Send size={16} />} onPress={() => setSending(true)}>
              Send
            </Button>
          )}
        </>
      }
    >
      {isSending && booking && (
        <Suspense>
          <SendDialog booking={booking.booking} onClose={() => setSending(false)} />
        </Suspense>
      )}
      {booking && isErased(booking.booking) && (
        <Notice>The guest of this booking was erased. What is left says nothing about the person.</Notice>
      )}
      <Missing of={reading} what="The booking itself" />
      {booking && <BookingFacts of={booking} />}
      {booking && <MessageSwitches bookingId={bookingId} isDisabled={!may("editor") || isErased(booking.booking)} />}
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
                  Show earlier entries
                </Button>
              </div>
            )}
            {entries.length === 0 ? (
              <Empty icon={<CalendarClock size={24} />} title="Nothing yet">
                No workflow has done or planned anything for this booking.
              </Empty>
            ) : (
              byDay(entries, zone ?? "UTC").map((day) => (
                <section key={day.at} className="day">
                  <h2 className="day__head">
                    <Time at={day.at} detail="day" /> <RelativeDay at={day.at} />
                  </h2>
                  <ol className="timeline">
                    {day.items.map((entry, index) => (
                      <TimelineEntry key={index} entry={entry} time="clock">
                        {entry.kind === "planned" && may("editor") && (
                          <PlannedActions
                            bookingId={bookingId}
                            guest={booking?.customer ? nameOfPerson(booking.customer) : ""}
                            entry={entry}
                          />
                        )}
                      </TimelineEntry>
                    ))}
                  </ol>
                </section>
              ))
            )}
          </>
        )}
      </div>
    </Page>
  );
}

/** Who comes, for what, and when. */
function BookingFacts({ of: { booking, customer, activity } }: { of: Schema<"BookingView"> }) {
  const unknown = <span className="muted">unknown</span>;
  return (
    <dl className="card booking-facts">
      <div>
        <dt>Customer</dt>
        <dd>{(customer && nameOfPerson(customer)) || unknown}</dd>
      </div>
      <div>
        <dt>Activity</dt>
        <dd>{activity?.name || unknown}</dd>
      </div>
      <div>
        <dt>Starts</dt>
        <dd>{booking.start_time ? <Time at={booking.start_time} /> : unknown}</dd>
      </div>
      <div>
        <dt>Status</dt>
        <dd>{booking.status ? words(booking.status) : unknown}</dd>
      </div>
      {booking.id !== booking.confirmation_code && (
        <div>
          <dt>Id</dt>
          <dd>
            <code>{booking.id}</code>
          </dd>
        </div>
      )}
    </dl>
  );
}

/** Chooses the workflow that is tried on the booking. */
function Simulate({ bookingId }: { bookingId: string }) {
  const { path } = useCurrentLocation();
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
