// An execution over its graph: the status of each node and each edge.
import type { components } from "../api/schema";
import { edgesOf, ERROR_HANDLE, nodeById, nodesOf, SUCCESS_HANDLE, TRIGGER, type Graph } from "./graph";

type Schemas = components["schemas"];

export type Step = Schemas["StepView"];
export type Execution = Schemas["ExecutionView"];
export type ExecutionStatus = Schemas["ExecutionStatus"];
export type StepStatus = Schemas["StepStatus"];
export type NodeStatus = StepStatus | "not_reached";

const FINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled", "skipped"]);

export function isFinal(status: string): boolean {
  return FINAL.has(status);
}

/** What a person can say of a step whose effect may have happened. */
export type Outcome = "arrived" | "send_again";

/** Returns what can be said of a step: nothing unless it is unknown whether its effect happened. */
export function possibleOutcomes(
  execution: Pick<Execution, "status" | "resumed_by">,
  step: Pick<Step, "status" | "unknown_effects">,
): readonly Outcome[] {
  if (step.status !== "failed" || step.unknown_effects.length === 0 || execution.resumed_by) return [];
  const isResumable = execution.status === "failed" || execution.status === "cancelled";
  return isResumable ? ["arrived", "send_again"] : ["arrived"];
}

/** How often an execution in progress is read, and one that waits for long; in milliseconds. */
export const LIVE_MS = 1_500;
export const WAITING_MS = 20_000;

/** Returns after how many milliseconds an execution may look different; false for one that has ended. */
export function askAgainAfter(execution: Pick<Execution, "status" | "steps">, now: number): number | false {
  if (isFinal(execution.status)) return false;
  if (execution.status !== "waiting") return LIVE_MS;
  // What follows a delay is shown at once.
  const ends = execution.steps.map((step) => Date.parse(String(step.output_data["until"]))).filter((end) => end > now);
  return Math.min(WAITING_MS, Math.max(LIVE_MS, Math.min(...ends) - now));
}

/**
 * Returns the execution with its delays as people see them: a delay that has not ended waits, and one
 * in which the execution was cancelled did not end. The record of a delay ends when its end is planned.
 */
export function withWaits(execution: Execution): Execution {
  const isInProgress = !isFinal(execution.status);
  if (!isInProgress && execution.status !== "cancelled") return execution;
  const seenAt = execution.completed_at ? Date.parse(execution.completed_at) : Date.now();
  const steps = execution.steps.map((step): Step => {
    const until = step.output_data["until"];
    const isOver = typeof until !== "string" || Date.parse(until) <= seenAt;
    if (step.node_type !== "delay" || step.status !== "completed" || isOver) return step;
    return isInProgress
      ? { ...step, status: "waiting", completed_at: null }
      : { ...step, status: "skipped", error_message: "The execution was cancelled while it waited here." };
  });
  return { ...execution, steps };
}

/** Returns the status of every node; the trigger's is completed as soon as there is an execution. */
export function statusByNode(
  graph: Graph,
  steps: readonly Pick<Step, "node_id" | "status">[],
): Map<string, NodeStatus> {
  const known = new Map(steps.map((step) => [step.node_id, step.status]));
  return new Map(
    nodesOf(graph).map((node) => [
      node.id,
      node.type === TRIGGER ? "completed" : (known.get(node.id) ?? "not_reached"),
    ]),
  );
}

/** Returns the ids of the edges that the execution took, as far as its steps show. */
export function edgesTaken(
  graph: Graph,
  steps: readonly Pick<Step, "node_id" | "status" | "output_data">[],
): Set<string> {
  const status = statusByNode(graph, steps);
  const output = new Map(steps.map((step) => [step.node_id, step.output_data]));
  const handled = new Set(
    edgesOf(graph).flatMap((edge) => (edge.source_handle === ERROR_HANDLE ? [edge.source] : [])),
  );
  const taken = edgesOf(graph).filter((edge) => {
    const source = status.get(edge.source);
    const target = status.get(edge.target);
    if (!source || source === "not_reached" || !target || target === "not_reached") return false;
    const chosen = output.get(edge.source)?.["handle"];
    if (typeof chosen === "string") return chosen === edge.source_handle;
    const continues = nodeById(graph, edge.source)?.on_failure === "continue" && !handled.has(edge.source);
    return edge.source_handle === (source === "failed" && !continues ? ERROR_HANDLE : SUCCESS_HANDLE);
  });
  return new Set(taken.map((edge) => edge.id));
}

/** A place of the dashboard, and what the link there says. */
interface PlaceToFix {
  place: string;
  words: string;
}

/** What to do about what nobody can fix in the dashboard. */
const OF_THE_STACK: Readonly<Record<string, string>> = {
  sender: "The e-mail sender is set up by those who run Bookflow. Send them this error.",
  public_url: "The public address of Bookflow's pages is missing. Ask those who run Bookflow to set it.",
};

/** Returns where to find what a failed step lacks; null where the step itself is the place. */
export function placeOfLack({ lacks }: Pick<Step, "lacks">): PlaceToFix | null {
  if (!lacks) return null;
  const { kind, name, template_id } = lacks;
  const template = kind === "template" ? name : template_id;
  if (kind === "secret") return { place: "/settings/secrets", words: `Open the secret ${name}` };
  return template ? { place: `/templates/${encodeURIComponent(template)}`, words: "Open the template" } : null;
}

/** Returns what a failed step lacks, in a sentence; nothing where its error says it well enough. */
export function wordsOfLack({ lacks }: Pick<Step, "lacks">): string {
  if (!lacks) return "";
  if (lacks.kind === "variable") {
    const where = lacks.template_id ? "the template" : "the step";
    return `There is no value for ${lacks.name}. Give it a fallback in ${where}, or let the booking system send it.`;
  }
  return OF_THE_STACK[lacks.kind] ?? "";
}
