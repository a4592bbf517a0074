// Which variables a node's texts and rules may name: those of the trigger and of earlier steps.
import { nodeInfo, triggerInfo, type Catalogue, type VariableInfo } from "./catalogue";
import { eventOf, nodesBefore, nodesOf, TRIGGER, type Graph } from "./graph";

export interface VariableGroup {
  title: string;
  variables: readonly VariableInfo[];
}

const TITLES: Readonly<Record<string, string>> = {
  eventData: "Event",
  event: "Event",
  booking: "Booking",
  customer: "Customer",
  activity: "Activity",
  location: "Location",
};

/** Returns the variables for a node, in groups for reading. */
export function variablesFor(
  catalogue: Catalogue,
  graph: Graph,
  nodeId: string,
): VariableGroup[] {
  const earlier = stepVariables(catalogue, graph, nodeId);
  return [
    ...variablesOf(catalogue, eventOf(graph)),
    ...(earlier.length ? [{ title: "Earlier steps", variables: earlier }] : []),
  ];
}

/** Returns the variables that a trigger brings, in groups for reading. */
export function variablesOf(catalogue: Catalogue, event: unknown): VariableGroup[] {
  const groups = new Map<string, VariableInfo[]>();
  for (const variable of triggerInfo(catalogue, event)?.variables ?? []) {
    const head = variable.path.split(".")[0] ?? "";
    const title = TITLES[head] ?? head;
    groups.set(title, [...(groups.get(title) ?? []), variable]);
  }
  return Array.from(groups, ([title, variables]) => ({ title, variables }));
}

/** Returns the kind of a variable; `any` for one that is not declared. */
export function kindOfVariable(groups: readonly VariableGroup[], path: string): string {
  const all = groups.flatMap((group) => group.variables);
  return all.find((variable) => variable.path === path)?.kind ?? "any";
}

/** Returns the only texts that a variable can be; none where it can be any. */
export function choicesOf(groups: readonly VariableGroup[], path: string): readonly string[] {
  const all = groups.flatMap((group) => group.variables);
  return all.find((variable) => variable.path === path)?.choices ?? [];
}

/** The names that people use for what most messages say. */
const LABELS: Readonly<Record<string, string>> = {
  "customer.first_name": "Guest's first name",
  "customer.last_name": "Guest's last name",
  "customer.email": "Guest's e-mail",
  "customer.phone": "Guest's phone",
  "customer.locale": "Guest's language",
  "booking.id": "Booking id",
  "booking.confirmation_code": "Confirmation code",
  "booking.status": "Booking status",
  "booking.start_time": "Start",
  "booking.end_time": "End",
  "booking.booked_at": "Booked on",
  "booking.total_amount": "Total",
  "booking.party_size": "Number of guests",
  "activity.name": "Activity",
  "activity.description": "About the activity",
  "location.name": "Your business",
  "location.email": "Your e-mail",
  "location.phone": "Your phone",
  "location.address": "Your address",
  "location.directions": "Directions",
  "survey.link": "Survey link",
  unsubscribe_url: "Unsubscribe link",
};

/** What stands for the first part of a path in a name; the fields of an event speak for themselves. */
const OWNERS: Readonly<Record<string, string>> = { customer: "guest", event: "" };

/** Returns what people call a variable: a name of its own, or one made from its path. */
export function labelOf(groups: readonly VariableGroup[], path: string): string {
  const own = LABELS[path];
  if (own) return own;
  const [head = "", ...parts] = path.split(".");
  if (head === "steps") {
    const step = groups.flatMap(({ variables }) => variables).find((variable) => variable.path === path);
    if (step) return step.description;
  }
  const words = [OWNERS[head] ?? head, ...parts].join(" ").replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Returns the variables that a text names, each once, with what people call them. */
export function variablesIn(groups: readonly VariableGroup[], text: string): { path: string; label: string }[] {
  const paths = new Set(Array.from(text.matchAll(/\{\{-?\s*([a-z]\w*(?:\.\w+)*)/gi), ([, path = ""]) => path));
  return Array.from(paths, (path) => ({ path, label: labelOf(groups, path) }));
}

/** Returns the variables that a text can name as they are; a part of each item needs a loop. */
export function forTexts(groups: readonly VariableGroup[]): VariableGroup[] {
  return groups.map((group) => ({
    ...group,
    variables: group.variables.filter((variable) => !variable.of_items),
  }));
}

const TYPED_PATH = /^(event|booking|customer|activity|location|steps)(\.[^\s.]+)+$/;

/** Returns the variable that a typed path names though no list has it; null for any other text. */
export function typedVariable(groups: readonly VariableGroup[], text: string): VariableInfo | null {
  const path = text.trim();
  const isListed = groups.some(({ variables }) => variables.some((each) => each.path === path));
  if (isListed || !TYPED_PATH.test(path)) return null;
  return {
    path,
    kind: "any",
    description: "Has a value if the booking system sends it",
    example: null,
    optional: true,
    of_items: false,
  };
}

/** Returns the groups with those variables only whose name, path or description holds the text. */
export function matching(groups: readonly VariableGroup[], typed: string): VariableGroup[] {
  const wanted = typed.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      variables: group.variables.filter(
        ({ path, description }) =>
          [path, description, labelOf(groups, path)].some((text) => text.toLowerCase().includes(wanted)),
      ),
    }))
    .filter((group) => group.variables.length > 0);
}

/** Returns how a text names the variable; an optional one gets a default, so that it cannot fail. */
export function placeholder(variable: VariableInfo): string {
  return variable.optional ? `{{ ${variable.path} | default("") }}` : `{{ ${variable.path} }}`;
}

function stepVariables(catalogue: Catalogue, graph: Graph, nodeId: string): VariableInfo[] {
  const before = nodesBefore(graph, nodeId);
  return nodesOf(graph)
    .filter((node) => before.has(node.id) && node.type !== TRIGGER)
    .flatMap((node) => [
      {
        path: `steps.${node.id}.status`,
        kind: "string" as const,
        description: `How "${node.name || node.id}" ended`,
        example: "completed",
        optional: false,
        of_items: false,
      },
      ...(nodeInfo(catalogue, node.type)?.outputs ?? []).map((output) => ({
        ...output,
        path: `steps.${node.id}.${output.path}`,
        description: `${output.description}, of "${node.name || node.id}"`,
        // A step that is skipped or fails supplies nothing.
        optional: true,
      })),
    ]);
}
