// The reminders of the next 24 hours, by workflow.
import { Link } from "wouter";
import { count } from "../../components/format";
import { Ago } from "../../components/Time";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { LIVE, Part } from "./Part";

export function PlannedReminders() {
  const { path } = useCurrentLocation();
  const planned = useApi().useQuery("get", "/home/reminders", {}, LIVE);
  return (
    <Part
      title="Reminders in the next 24 hours"
      query={planned}
      empty={({ workflows }) => (workflows.length === 0 ? "No reminder is planned until this time tomorrow." : null)}
    >
      {({ workflows, is_complete }) => (
        <>
          <ul className="home__list">
            {workflows.map((each) => (
              <li key={each.workflow_id} className="home__row">
                <div className="home__text">
                  <strong>
                    <Link href={path(`/workflows/${encodeURIComponent(each.workflow_id)}/editor`)}>
                      {each.workflow_name || "Deleted workflow"}
                    </Link>
                  </strong>
                  <span className="muted small">
                    <Ago what="first" at={each.first_at} isInline />,{" "}
                    <Link href={path(`/bookings/${encodeURIComponent(each.next_booking_id)}`)}>see its booking</Link>
                  </span>
                </div>
                <span className="home__number">{count(each.reminders, "reminder")}</span>
              </li>
            ))}
          </ul>
          {!is_complete && <p className="muted small">These are the next 1,000. There are more.</p>}
        </>
      )}
    </Part>
  );
}
