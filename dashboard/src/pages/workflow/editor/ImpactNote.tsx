// What publishing does to the reminders of future bookings, in counts, before it is done.
import { BellMinus, BellPlus, BellRing, BellOff } from "lucide-react";
import type { ReactNode } from "react";
import { useImpact, type Impact } from "../../../api/reminders";
import { messageOf } from "../../../api/problem";
import { count } from "../../../components/format";
import { Notice } from "../../../components/Notice";
import type { Graph } from "../../../core/graph";

interface ImpactNoteProps {
  workflowId: string;
  graph: Graph;
  /** Whether the workflow is on after publishing. */
  isOnAfter: boolean;
}

export function ImpactNote({ workflowId, graph, isOnAfter }: ImpactNoteProps) {
  const impact = useImpact(workflowId, graph, isOnAfter);
  return (
    <section className="impact" aria-label="Reminders">
      <h3>What happens to reminders</h3>
      <div role="status">
        {!isOnAfter ? (
          <p className="muted small">Nothing while the workflow is off. They are planned when it is switched on.</p>
        ) : impact.isError ? (
          <Notice tone="warn">It cannot be told now: {messageOf(impact.error)}</Notice>
        ) : !impact.data ? (
          <p className="muted small">Looking at the bookings to come …</p>
        ) : (
          <Counts impact={impact.data} />
        )}
      </div>
    </section>
  );
}

function Counts({ impact }: { impact: Impact }) {
  const least = impact.complete ? "" : "at least ";
  return (
    <>
      <ul className="impact__counts">
        <Figure icon={<BellPlus size={16} />} many={impact.gained} words="gain a reminder" />
        <Figure icon={<BellRing size={16} />} many={impact.moved} words="get it at another time" />
        <Figure icon={<BellMinus size={16} />} many={impact.lost} words="lose their reminder" />
        {impact.skipped > 0 && (
          <Figure icon={<BellOff size={16} />} many={impact.skipped} words="are left out: it is too late for them" />
        )}
      </ul>
      <p className="muted small">
        Of {least}
        {count(impact.bookings, "booking")} to come.
        {!impact.complete && " There are more; the figures go on growing with them."}
      </p>
      {impact.within_the_hour > 0 && (
        <Notice tone="warn">
          {count(impact.within_the_hour, "message goes", "messages go")} out within the hour.
        </Notice>
      )}
    </>
  );
}

function Figure({ icon, many, words }: { icon: ReactNode; many: number; words: string }) {
  return (
    <li className={many === 0 ? "impact__count impact__count--none" : "impact__count"}>
      <span aria-hidden>{icon}</span>
      <span>
        <strong className="numbers">{many.toLocaleString()}</strong> {words}
      </span>
    </li>
  );
}
