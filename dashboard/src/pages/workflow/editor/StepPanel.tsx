// Everything about the selected step: its name, its configuration, what follows it, what happens when it fails.
import { Copy, Trash2, Unplug } from "lucide-react";
import { memo, useMemo, useState } from "react";
import { IconButton } from "../../../components/Button";
import { Field } from "../../../components/Field";
import { Prose } from "../../../components/Prose";
import { Select } from "../../../components/Select";
import { StepSign } from "../../../components/StepSign";
import { Notice } from "../../../components/Notice";
import { handlesOf, iconOf, nodeInfo, schemaOf, titleOf, triggerInfo, type Catalogue } from "../../../core/catalogue";
import { connectionProblem } from "../../../core/connect";
import type { Draft } from "../../../core/draft";
import { bridged, changed, configured, connected, typedAt, without } from "../../../core/edit";
import { formOf } from "../../../core/forms";
import { edgesOutOf, eventOf, nodeById, nodesOf, TRIGGER, WEBHOOK, type Graph, type GraphNode } from "../../../core/graph";
import { sendsMessages } from "../../../core/messages";
import { problemsElsewhere, type Problem } from "../../../core/problems";
import { isNoRule } from "../../../core/rules";
import { variablesFor } from "../../../core/variables";
import { LastDeliveries } from "../deliveries/Deliveries";
import { SendTest } from "../deliveries/SendTest";
import { ConfigForm } from "../form/ConfigForm";
import { PreviewContext } from "../../../components/variablePreview";
import { PreviewChoice, usePreviewBooking } from "../form/preview";
import { TestMessage } from "./TestMessage";

const TAKES_VARIABLES: ReadonlySet<string> = new Set(["json", "headers", "rule"]);

export type EditGraph = (edited: (graph: Graph) => Graph, kind?: string | null) => void;

interface StepPanelProps {
  workflowId: string;
  draft: Draft;
  catalogue: Catalogue;
  graph: Graph;
  node: GraphNode;
  problems: readonly Problem[];
  isReadOnly: boolean;
  /** Called when a field of the form was changed, with its path; null where none has the focus. */
  onTyped: (path: string | null) => void;
  /** Called when a field of the form was left. */
  onLeft: (path: string) => void;
  onEdit: EditGraph;
  onDuplicate: () => void;
}

export const StepPanel = memo(function StepPanel(props: StepPanelProps) {
  const { workflowId, draft, catalogue, graph, node, problems, isReadOnly, onTyped, onLeft, onEdit, onDuplicate } = props;
  const fields = useMemo(() => formOf(schemaOf(catalogue, node)), [catalogue, node]);
  const variables = useMemo(() => variablesFor(catalogue, graph, node.id), [catalogue, graph, node.id]);
  const [booking, setBooking] = usePreviewBooking();
  const trigger = eventOf(graph);
  const occasion = useMemo(
    () => (trigger && booking ? { trigger, bookingId: booking } : null),
    [trigger, booking],
  );
  const isTrigger = node.type === TRIGGER;
  const takesVariables = fields.some(
    (field) => field.variables || (TAKES_VARIABLES.has(field.kind) && !(isTrigger && isNoRule(node.config?.[field.name]))),
  );
  const shown = isTrigger ? fields.filter((field) => field.name !== "event") : fields;
  const elsewhere = problemsElsewhere(problems, shown.map((field) => field.name));
  const isAction = catalogue.actions.some((action) => action.type === node.type);
  const event = node.config?.["event"];
  const description = isTrigger
    ? triggerInfo(catalogue, event)?.description
    : nodeInfo(catalogue, node.type)?.description;
  return (
    <>
      <div className="panel__head">
        <StepSign icon={iconOf(catalogue, node)} isTrigger={isTrigger} />
        <div className="panel__title">
          <h2>{titleOf(catalogue, node.type)}</h2>
          <p className="muted small">
            <Prose text={description ?? ""} />
          </p>
        </div>
        {!isReadOnly && !isTrigger && (
          <IconButton label="Duplicate step" keys="Ctrl D" size="small" icon={<Copy size={15} />} onPress={onDuplicate} />
        )}
        {!isReadOnly && (
          <IconButton
            label="Delete step"
            keys="Del"
            size="small"
            icon={<Trash2 size={15} />}
            onPress={() => onEdit((graph) => (isTrigger ? without(graph, [node.id], []) : bridged(graph, node.id)))}
          />
        )}
      </div>

      {elsewhere.map((problem) => (
        <Notice key={problem.field + problem.reason} tone={problem.severity === "error" ? "bad" : "warn"}>
          <span>
            {problem.reason} {problem.remedy}
          </span>
        </Notice>
      ))}

      <Field label="Name">
        {(input) => (
          <input
            {...input}
            className="input"
            maxLength={200}
            readOnly={isReadOnly}
            value={node.name}
            onChange={({ target }) =>
              onEdit((graph) => changed(graph, node.id, { name: target.value }), `name:${node.id}`)
            }
          />
        )}
      </Field>

      {isTrigger && (
        <Field label="Event" isRequired help="What starts the workflow">
          {(input) => (
            <Select
              {...input}
              disabled={isReadOnly}
              options={[
                ...(event ? [] : [["", "Choose …"] as const]),
                ...catalogue.triggers.map((each) => [each.event, each.event] as const),
              ]}
              value={typeof event === "string" ? event : ""}
              onChange={(chosen) =>
                onEdit((graph) =>
                  changed(graph, node.id, {
                    config: { event: chosen },
                    name: node.name === event ? chosen : node.name,
                  }),
                )
              }
            />
          )}
        </Field>
      )}

      {takesVariables && <PreviewChoice value={booking} onChange={setBooking} />}
      <PreviewContext value={occasion}>
        <div
          onBlur={({ target, relatedTarget }) => {
            const path = fieldOf(target);
            const isElsewhere = relatedTarget?.closest(".popover") !== null && relatedTarget !== null;
            if (path !== null && path !== fieldOf(relatedTarget) && !isElsewhere && document.hasFocus()) onLeft(path);
          }}
        >
          <ConfigForm
            key={node.id}
            fields={shown}
            values={node.config ?? {}}
            problems={problems}
            variables={variables}
            isReadOnly={isReadOnly}
            onChange={(config) => {
              const typed = typedAt(node.config ?? {}, config);
              onTyped(fieldOf(document.activeElement));
              onEdit((graph) => configured(graph, node.id, config), typed && `config:${node.id}${typed}`);
            }}
          />
        </div>
      </PreviewContext>

      {sendsMessages(node.type) && trigger && !isReadOnly && (
        <div className="step-tools">
          <TestMessage node={node} trigger={trigger} />
        </div>
      )}

      {node.type === WEBHOOK && (
        <div className="step-tools">
          {!isReadOnly && <SendTest workflowId={workflowId} node={node} draft={draft} />}
          <LastDeliveries name={node.name || titleOf(catalogue, node.type)} workflowId={workflowId} nodeId={node.id} />
        </div>
      )}

      <NextSteps {...props} />
      {isAction && <Failures node={node} isReadOnly={isReadOnly} onEdit={onEdit} />}
    </>
  );
});

/** Returns the path of the field that an element belongs to. */
function fieldOf(element: Element | null): string | null {
  return element?.closest<HTMLElement>("[data-field]")?.dataset["field"] ?? null;
}

/** The steps that follow, to connect and disconnect; the canvas does the same. */
function NextSteps({ graph, node, isReadOnly, onEdit }: StepPanelProps) {
  return (
    <section className="panel__part">
      <h3>Next steps</h3>
      {handlesOf(node).map((handle) => {
        const edges = edgesOutOf(graph, node.id).filter((edge) => edge.source_handle === handle.id);
        const edgeTo = (target: string) => ({ source: node.id, source_handle: handle.id, target });
        const possible = nodesOf(graph).filter((each) => connectionProblem(graph, edgeTo(each.id)) === null);
        const label = handle.label || "next";
        return (
          <div key={handle.id} className="next-step">
            <span className="next-step__label">{label}</span>
            <ul>
              {edges.map((edge) => (
                <li key={edge.id}>
                  {nodeById(graph, edge.target)?.name || edge.target}
                  {!isReadOnly && (
                    <IconButton
                      label={`Disconnect from ${nodeById(graph, edge.target)?.name || edge.target}`}
                      size="small"
                      icon={<Unplug size={14} />}
                      onPress={() => onEdit((graph) => without(graph, [], [edge.id]))}
                    />
                  )}
                </li>
              ))}
              {!isReadOnly && possible.length > 0 && (
                <li>
                  <Connect
                    label={label}
                    steps={possible}
                    onConnect={(target) => onEdit((graph) => connected(graph, edgeTo(target)))}
                  />
                </li>
              )}
              {edges.length === 0 && (isReadOnly || possible.length === 0) && (
                <li className="muted small">Nothing</li>
              )}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

const MANY_STEPS = 100;

interface ConnectProps {
  label: string;
  steps: readonly GraphNode[];
  onConnect: (target: string) => void;
}

/** The choice of a step to lead to; a long one is filled in when it is come to. */
function Connect({ label, steps, onConnect }: ConnectProps) {
  const [isFilled, setFilled] = useState(steps.length <= MANY_STEPS);
  return (
    <Select
      aria-label={`Connect ${label} to`}
      options={[["", "Connect to …"], ...(isFilled ? steps : []).map(({ id, name }) => [id, name || id] as const)]}
      value=""
      onFocus={() => setFilled(true)}
      onPointerEnter={() => setFilled(true)}
      onChange={onConnect}
    />
  );
}

function Failures({ node, isReadOnly, onEdit }: Pick<StepPanelProps, "node" | "isReadOnly" | "onEdit">) {
  return (
    <details className="panel__part">
      <summary>If it fails</summary>
      <div className="form">
        <Field label="After the last attempt" help="Applies when “on error” is not connected">
          {(input) => (
            <Select
              {...input}
              disabled={isReadOnly}
              options={{ stop: "Stop: the execution fails", continue: "Continue as if it had worked" }}
              value={node.on_failure}
              onChange={(on_failure) => onEdit((graph) => changed(graph, node.id, { on_failure }))}
            />
          )}
        </Field>
        <Field label="Attempts in total" help="Temporary errors are retried, with growing waits">
          {(input) => (
            <input
              {...input}
              className="input"
              type="number"
              min={1}
              max={10}
              readOnly={isReadOnly}
              value={node.retry.max_attempts}
              onChange={({ target }) => {
                const tries = target.valueAsNumber;
                if (tries >= 1 && tries <= 10) {
                  onEdit(
                    (graph) => changed(graph, node.id, { retry: { ...node.retry, max_attempts: tries } }),
                    `tries:${node.id}`,
                  );
                }
              }}
            />
          )}
        </Field>
      </div>
    </details>
  );
}

