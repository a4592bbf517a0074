// All problems of the graph; each leads to its place.
import { memo } from "react";
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { count } from "../../../components/format";
import { edgesOf, nodeById, type Graph } from "../../../core/graph";
import type { PlacedProblems, Problem } from "../../../core/problems";

interface ProblemsProps {
  graph: Graph;
  problems: readonly Problem[];
  placed: PlacedProblems;
  isChecked: boolean;
  onJump: (nodeId: string) => void;
}

const MOST_SHOWN = 50;

export const Problems = memo(function Problems({ graph, problems, placed, isChecked, onJump }: ProblemsProps) {
  return (
    <section className="panel__part" aria-label="Problems">
      <h2 aria-live="polite">{headline(placed, isChecked)}</h2>
      {isChecked && problems.length === 0 && (
        <p className="problems__none">
          <CircleCheck size={16} aria-hidden /> Ready to publish
        </p>
      )}
      <ul className="problems">
        {problems.slice(0, MOST_SHOWN).map((problem, index) => {
          const edge = problem.edge_id ? edgesOf(graph).find((each) => each.id === problem.edge_id) : undefined;
          const nodeId = problem.node_id ?? edge?.source ?? null;
          const Icon = problem.severity === "error" ? CircleAlert : TriangleAlert;
          const body = (
            <>
              <Icon size={16} aria-label={problem.severity === "error" ? "Error" : "Warning"} />
              <span>
                {nodeId && <strong>{nodeById(graph, nodeId)?.name || nodeId}: </strong>}
                {problem.reason} <span className="muted">{problem.remedy}</span>
              </span>
            </>
          );
          return (
            <li key={index} className={`problems__item problems__item--${problem.severity}`}>
              {nodeId ? (
                <button type="button" onClick={() => onJump(nodeId)}>
                  {body}
                </button>
              ) : (
                <div>{body}</div>
              )}
            </li>
          );
        })}
      </ul>
      {problems.length > MOST_SHOWN && (
        <p className="muted small">{count(problems.length - MOST_SHOWN, "more problem")} at other steps.</p>
      )}
    </section>
  );
});

function headline(placed: PlacedProblems, isChecked: boolean): string {
  if (!isChecked) return "Checking …";
  const parts = [
    placed.errors && count(placed.errors, "problem"),
    placed.warnings && count(placed.warnings, "warning"),
  ].filter(Boolean);
  return parts.length ? parts.join(" and ") : "No problems";
}
