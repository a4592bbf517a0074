// What a ready-made workflow needs, and which of it the location has not got.
import { CircleCheck, KeyRound, Mail, Star, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { NAMES, useSecrets, useSurveys, useTemplates, type Named } from "../../api/reads";
import type { Graph } from "../../core/graph";
import { needsOf } from "../../core/needs";
import { useCurrentLocation } from "../../currentLocation";

export function NeedsNote({ graph }: { graph: Graph }) {
  const { may } = useCurrentLocation();
  const templates = useTemplates(NAMES);
  const surveys = useSurveys(NAMES);
  const secrets = useSecrets(may("editor"));
  const needs = needsOf(graph);
  const parts = [
    ...needs.templates.map((id) => ({
      kind: "Template",
      icon: <Mail size={13} aria-hidden />,
      ...found(id, templates.data),
    })),
    ...needs.surveys.map((id) => ({
      kind: "Survey",
      icon: <Star size={13} aria-hidden />,
      ...found(id, surveys.data),
    })),
    ...needs.secrets.map((name) => ({
      kind: "Secret",
      icon: <KeyRound size={13} aria-hidden />,
      name,
      isHere: secrets.data?.items.some((secret) => secret.name === name) ?? null,
    })),
  ];
  if (parts.length === 0) return <span className="needs muted">Needs nothing else</span>;
  const unread = [templates, surveys, secrets].some((query) => query.isError && !query.data);
  return (
    <span className="needs">
      {unread && <span className="needs__one">Could not check what is here</span>}
      {parts.map((part) => (
        <Need key={part.kind + part.name} {...part} />
      ))}
    </span>
  );
}

interface NeedProps {
  kind: string;
  icon: ReactNode;
  name: string;
  /** Null while it is not known. */
  isHere: boolean | null;
}

function Need({ kind, icon, name, isHere }: NeedProps) {
  return (
    <span className={isHere === false ? "needs__one needs__one--missing" : "needs__one"}>
      {icon}
      <span>
        <span className="visually-hidden">{kind} </span>
        {name}
        {isHere === false && " · missing"}
      </span>
      {isHere === true && <CircleCheck size={13} aria-label="available" className="needs__here" />}
      {isHere === false && <TriangleAlert size={13} aria-hidden />}
    </span>
  );
}

function found(id: string, named: readonly Named[] | undefined): { name: string; isHere: boolean | null } {
  const one = named?.find((each) => each.id === id && each.active);
  return { name: one?.name ?? id, isHere: named ? one !== undefined : null };
}
