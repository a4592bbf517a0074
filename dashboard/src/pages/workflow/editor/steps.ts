// What can be put onto a canvas, and how a new step begins.
import { schemaOf, type Catalogue } from "../../../core/catalogue";
import { formOf, initialConfig } from "../../../core/forms";
import { idsOf, newNode, TRIGGER, type Graph, type GraphNode, type Position } from "../../../core/graph";

/** A kind of step that the palette offers. */
export interface StepKind {
  type: string;
  title: string;
  description: string;
  /** Name of its picture. */
  icon: string;
  /** The event of a trigger. */
  event?: string;
}

/** Name of the data that a drag from the palette carries. */
export const DRAGGED = "application/x-bookflow-step";

export function triggerKinds(catalogue: Catalogue): StepKind[] {
  return catalogue.triggers.map(({ event, description, icon }) => ({
    type: TRIGGER,
    title: event,
    description,
    icon,
    event,
  }));
}

export function stepKinds(catalogue: Catalogue): { title: string; kinds: StepKind[] }[] {
  const kinds = (infos: Catalogue["actions"]) =>
    infos.map(({ type, title, description, icon }) => ({ type, title, description, icon }));
  return [
    { title: "Actions", kinds: kinds(catalogue.actions) },
    { title: "Flow", kinds: kinds(catalogue.flow_nodes) },
  ];
}

export function newStep(
  catalogue: Catalogue,
  graph: Graph,
  kind: StepKind,
  position: Position,
): GraphNode {
  const bare = newNode(kind.type, kind.title, kind.event ? { event: kind.event } : {}, position, idsOf(graph));
  const start = initialConfig(formOf(schemaOf(catalogue, bare)));
  return { ...bare, config: { ...start, ...bare.config } };
}
