// Looks up in the catalogue what kinds of nodes there are and which outputs they have.
import type { components } from "../api/schema";
import { formOf, type Operator } from "./forms";
import { DEFAULT_HANDLE, ERROR_HANDLE, SUCCESS_HANDLE, TRIGGER, type GraphNode } from "./graph";

type Schemas = components["schemas"];

export type Catalogue = Schemas["CatalogueInfo"];
export type NodeInfo = Schemas["NodeInfo"];
export type TriggerInfo = Schemas["TriggerInfo"];
/** A variable; one that no event declares has no choices. */
export type VariableInfo = Omit<Schemas["Variable"], "choices"> & Partial<Pick<Schemas["Variable"], "choices">>;

/** An output of a node, as the canvas shows it. */
export interface Handle {
  id: string;
  label: string;
  kind: "success" | "error" | "branch";
}

export function triggerInfo(catalogue: Catalogue, event: unknown): TriggerInfo | undefined {
  return catalogue.triggers.find((trigger) => trigger.event === event);
}

export function nodeInfo(catalogue: Catalogue, type: string): NodeInfo | undefined {
  return [...catalogue.actions, ...catalogue.flow_nodes].find((info) => info.type === type);
}

/** Returns the JSON schema of a node's configuration; undefined for a type that is not known. */
export function schemaOf(catalogue: Catalogue, node: GraphNode): unknown {
  if (node.type === TRIGGER) {
    const info = triggerInfo(catalogue, node.config?.["event"]) ?? catalogue.triggers[0];
    return info?.config_schema;
  }
  return nodeInfo(catalogue, node.type)?.config_schema;
}

/** Returns what a rule may ask. */
export function ruleOperators(catalogue: Catalogue): readonly Operator[] {
  const form = formOf(nodeInfo(catalogue, "condition")?.config_schema);
  return form.find(({ kind }) => kind === "rule")?.operators ?? [];
}

/** Returns the title of a node's type, for people. */
export function titleOf(catalogue: Catalogue, type: string): string {
  if (type === TRIGGER) return "Trigger";
  return nodeInfo(catalogue, type)?.title ?? type.replaceAll("_", " ");
}

/** Returns the name of a node's picture; of a trigger, that of its event. */
export function iconOf(catalogue: Catalogue | undefined, node: Pick<GraphNode, "type" | "config">): string {
  if (!catalogue) return node.type;
  if (node.type === TRIGGER) return triggerInfo(catalogue, node.config?.["event"])?.icon || TRIGGER;
  return nodeInfo(catalogue, node.type)?.icon ?? "";
}

/** Returns the outputs of a node in the order in which the canvas shows them. */
export function handlesOf(node: GraphNode): Handle[] {
  const error: Handle = { id: ERROR_HANDLE, label: "on error", kind: "error" };
  switch (node.type) {
    case TRIGGER:
      return [{ id: SUCCESS_HANDLE, label: "", kind: "success" }];
    case "condition":
      return [
        { id: "true", label: "yes", kind: "branch" },
        { id: "false", label: "no", kind: "branch" },
        error,
      ];
    case "switch":
      return [
        ...casesOf(node),
        { id: DEFAULT_HANDLE, label: "otherwise", kind: "branch" },
        error,
      ];
    default:
      return [{ id: SUCCESS_HANDLE, label: "", kind: "success" }, error];
  }
}

function casesOf(node: GraphNode): Handle[] {
  const cases = node.config?.["cases"];
  if (!Array.isArray(cases)) return [];
  // An output has one name; a second case of that name has none of its own.
  const taken = new Set<string>([DEFAULT_HANDLE, ERROR_HANDLE]);
  return cases.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null) return [];
    const { id, name } = each as { id?: unknown; name?: unknown };
    if (typeof id !== "string" || !id || taken.has(id)) return [];
    taken.add(id);
    const label = typeof name === "string" && name ? name : id;
    return [{ id, label, kind: "branch" as const }];
  });
}
