// Lays the two timelines of a simulation side by side, each entry with how it differs from the other.
import type { components } from "../api/schema";
import { fieldChanges, type FieldChange } from "./difference";

type Schemas = components["schemas"];

export type Simulation = Schemas["SimulationView"];
export type Entry = Schemas["TimelineEntry"];
export type SimulationDifference = Schemas["DifferenceView"];
export type Side = "draft" | "published";

export interface MarkedEntry {
  entry: Entry;
  /** How it differs from the other side; null if it is the same there. */
  difference: SimulationDifference | null;
}

/** Returns the entries of one side with their differences, in their order. */
export function markedEntries(simulation: Simulation, side: Side): MarkedEntry[] {
  const left = simulation.differences.filter((each) => each[side] !== null);
  return (simulation[side]?.entries ?? []).map((entry) => {
    const text = JSON.stringify(entry);
    const index = left.findIndex((each) => JSON.stringify(each[side]) === text);
    const difference = index < 0 ? null : (left.splice(index, 1)[0] ?? null);
    return { entry, difference };
  });
}

/** Returns what the draft does differently from the published version, where both do something. */
export function changesOf({ draft, published }: SimulationDifference): FieldChange[] {
  if (!draft || !published) return [];
  return fieldChanges(comparable(published), comparable(draft));
}

function comparable({ kind, node_name, reason, details }: Entry) {
  return { outcome: kind, name: node_name, reason, ...details };
}
