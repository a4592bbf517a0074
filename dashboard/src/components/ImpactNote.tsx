// What a change does to the reminders of future bookings, in counts, before it is done.
import { useQuery } from "@tanstack/react-query";
import { BellMinus, BellPlus, BellRing, BellOff } from "lucide-react";
import type { ReactNode } from "react";
import type { Schema } from "../api/client";
import { messageOf } from "../api/problem";
import { impactQuery } from "../api/reads";
import { count } from "./format";
import { Notice } from "./Notice";
import { Switch } from "./Switch";
import type { Graph } from "../core/graph";
import { useApi } from "../currentLocation";
import "./impact.css";

interface ImpactNoteProps {
  workflowId: string;
  graph: Graph;
  /** Whether the workflow is on after the change. */
  isOnAfter: boolean;
  /** Whether reminders that would have been due already are sent now. */
  sendsMissed: boolean;
  onSendMissed: (sendsMissed: boolean) => void;
}

export function ImpactNote({
  workflowId,
  graph,
  isOnAfter,
  sendsMissed,
  onSendMissed,
}: ImpactNoteProps) {
  const impact = useQuery({ ...impactQuery(useApi(), workflowId, graph), enabled: isOnAfter });
  return (
    <section className="impact" aria-label="Reminders">
      <h3>What happens to reminders</h3>
      <div role="status">
        {!isOnAfter ? (
          <p className="muted small">Nothing while the workflow is off. Reminders are planned when you turn it on.</p>
        ) : impact.isError ? (
          <Notice tone="warn">The effect on reminders cannot be shown now: {messageOf(impact.error)}</Notice>
        ) : !impact.data ? (
          <p className="muted small">Checking upcoming bookings …</p>
        ) : (
          <Counts impact={impact.data} sendsMissed={sendsMissed} onSendMissed={onSendMissed} />
        )}
      </div>
    </section>
  );
}

interface CountsProps extends Pick<ImpactNoteProps, "sendsMissed" | "onSendMissed"> {
  impact: Schema<"Impact">;
}

function Counts({ impact, sendsMissed, onSendMissed }: CountsProps) {
  const least = impact.complete ? "" : "at least ";
  const soon = impact.within_the_hour + (sendsMissed ? impact.missed_sendable : 0);
  const tooLate = impact.skipped - impact.missed;
  return (
    <>
      <ul className="impact__counts">
        <Count
          icon={<BellPlus size={16} />}
          many={impact.gained}
          one="booking gains a reminder"
          other="bookings gain a reminder"
        />
        <Count
          icon={<BellRing size={16} />}
          many={impact.moved}
          one="booking gets its reminder at another time"
          other="bookings get their reminder at another time"
        />
        <Count
          icon={<BellMinus size={16} />}
          many={impact.lost}
          one="booking loses its reminder"
          other="bookings lose their reminder"
        />
        {impact.missed > 0 && (
          <Count
            icon={<BellOff size={16} />}
            many={impact.missed}
            one="booking is skipped: its reminder would have been due already"
            other="bookings are skipped: their reminders would have been due already"
          />
        )}
        {tooLate > 0 && (
          <Count
            icon={<BellOff size={16} />}
            many={tooLate}
            one="booking is skipped: it is too late for it"
            other="bookings are skipped: it is too late for them"
          />
        )}
      </ul>
      <p className="muted small">
        Out of {least} {count(impact.bookings, "upcoming booking")}.
        {!impact.complete && " There are more bookings, so the counts will grow."}
      </p>
      {impact.missed_sendable > 0 && (
        <Switch isOn={sendsMissed} onChange={onSendMissed}>
          Also send now to {least}
          {count(impact.missed_sendable, "booking")}
        </Switch>
      )}
      {soon > 0 && (
        <Notice tone="warn">{count(soon, "message goes", "messages go")} out within the hour.</Notice>
      )}
    </>
  );
}

function Count({ icon, many, one, other }: { icon: ReactNode; many: number; one: string; other: string }) {
  return (
    <li className={many === 0 ? "impact__count impact__count--none" : "impact__count"}>
      <span aria-hidden>{icon}</span>
      <span>
        <strong className="numbers">{many.toLocaleString()}</strong> {many === 1 ? one : other}
      </span>
    </li>
  );
}
