// One workflow in the list.
import { Copy, Ellipsis, FileDown, Trash2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link, useLocation } from "wouter";
import { basedOn, body, type Schema } from "../../api/client";
import { IconButton } from "../../components/Button";
import { count } from "../../components/format";
import { Menu, type MenuEntry } from "../../components/Menu";
import { Sparkline } from "../../components/Sparkline";
import { Switch } from "../../components/Switch";
import { Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { useTurnOn } from "../../components/useTurnOn";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { TriggerIcon } from "./TriggerIcon";

type WorkflowSummary = Schema<"WorkflowSummary">;

const DeleteWorkflow = lazy(() => import("./DeleteWorkflow"));

interface WorkflowRowProps {
  workflow: WorkflowSummary;
  isSelected: boolean;
  onSelect: (id: string, isSelected: boolean) => void;
}

export function WorkflowRow({ workflow, isSelected, onSelect }: WorkflowRowProps) {
  const { may, path } = useCurrentLocation();
  return (
    <Row>
      <Cell className="description">
        <div className="workflow">
          {may("editor") && (
            <input
              type="checkbox"
              aria-label={`Select ${workflow.name}`}
              checked={isSelected}
              onChange={({ target }) => onSelect(workflow.id, target.checked)}
            />
          )}
          <div className="table__main">
            <Link href={path(`/workflows/${workflow.id}/editor`)} className="table__title">
              {workflow.name}
            </Link>
            {workflow.has_changes && <span className="badge badge--warn workflow__changes">Unpublished changes</span>}
            <span className="muted small clamp">{workflow.description}</span>
            {workflow.tags.length > 0 && (
              <ul className="tags" aria-label="Tags">
                {workflow.tags.map((tag) => (
                  <li key={tag} className="badge">
                    {tag}
                  </li>
                ))}
              </ul>
            )}
          </div>
        </div>
      </Cell>
      <Cell of="Trigger">
        {workflow.trigger ? (
          <span className="trigger-cell">
            <TriggerIcon event={workflow.trigger} />
            {workflow.trigger}
          </span>
        ) : (
          <span className="muted">none yet</span>
        )}
      </Cell>
      <Cell of="Last execution" className="muted">
        {workflow.last_execution_at ? (
          <Ago at={workflow.last_execution_at} />
        ) : (
          "never"
        )}
      </Cell>
      <Cell of="Last 7 days">
        <Success workflow={workflow} />
      </Cell>
      <Cell of="On">
        <OnOff workflow={workflow} />
      </Cell>
      <Cell className="row-end">
        <RowMenu workflow={workflow} />
      </Cell>
    </Row>
  );
}

function Success({ workflow }: { workflow: WorkflowSummary }) {
  const completed = workflow.days.reduce((sum, day) => sum + day.completed, 0);
  const failed = workflow.days.reduce((sum, day) => sum + day.failed, 0);
  const ended = completed + failed;
  return (
    <div className="success">
      <Sparkline days={workflow.days} />
      <span className="muted small numbers">
        {ended === 0 ? "no executions" : `${count(ended, "execution")}, ${outcome(completed, ended)}`}
      </span>
    </div>
  );
}

/** Returns how many succeeded, rounded down: all of them only where none failed. */
function outcome(completed: number, ended: number): string {
  if (completed === ended) return "successful";
  return completed === 0 ? "failed" : `${Math.floor((completed / ended) * 100)}% successful`;
}

function OnOff({ workflow }: { workflow: WorkflowSummary }) {
  const { may } = useCurrentLocation();
  const { reportFailure } = useToasts();
  const toggle = useApi().useMutation("put", "/workflows/{workflow_id}/enabled");
  const change = (enabled: boolean, sendsMissed: boolean) => ({
    ...basedOn({ workflow_id: workflow.id }, workflow.revision),
    body: { enabled, send_missed: sendsMissed },
  });
  const on = useTurnOn(workflow, (sendsMissed) => toggle.mutateAsync(change(true, sendsMissed)));
  if (workflow.published_version === null) return <span className="badge">Draft</span>;
  if (!may("editor")) {
    return (
      <span className={workflow.enabled ? "badge badge--good" : "badge"}>
        {workflow.enabled ? "On" : "Off"}
      </span>
    );
  }
  const isOn = toggle.isPending ? toggle.variables.body.enabled : workflow.enabled;
  return (
    <>
      <Switch
        label={`${workflow.name} is on`}
        isOn={isOn}
        isDisabled={toggle.isPending || on.isBusy}
        onChange={(enabled) =>
          enabled ? on.turnOn() : toggle.mutate(change(false, false), { onError: reportFailure })
        }
      />
      {on.question}
    </>
  );
}

function RowMenu({ workflow }: { workflow: WorkflowSummary }) {
  const { api, may, path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [isDeleting, setDeleting] = useState(false);
  const of = { path: { workflow_id: workflow.id } };
  const save = async () => {
    const file = await body(api.GET("/workflows/{workflow_id}/export", { params: of }));
    (await import("../../components/files")).download(file);
  };
  const duplicate = api.useMutation("post", "/workflows/{workflow_id}/duplicate", {
    onSuccess: (copied) => {
      report(`Created “${copied.workflow.name}”. It is off until you publish it.`);
      navigate(path(`/workflows/${copied.workflow.id}/editor`));
    },
    onError: reportFailure,
  });
  const entries: (MenuEntry | "line")[] = [
    {
      id: "export",
      label: "Export",
      icon: <FileDown size={16} />,
      onAction: () => void save().catch(reportFailure),
    },
  ];
  if (may("editor")) {
    entries.unshift({
      id: "duplicate",
      label: "Duplicate",
      icon: <Copy size={16} />,
      onAction: () => duplicate.mutate({ params: of, body: {} }),
    });
  }
  if (may("admin")) {
    entries.push("line", {
      id: "delete",
      label: "Delete",
      icon: <Trash2 size={16} />,
      isDangerous: true,
      onAction: () => setDeleting(true),
    });
  }
  return (
    <>
      <Menu label={`More for ${workflow.name}`} entries={entries}>
        <IconButton label={`More for ${workflow.name}`} size="small" icon={<Ellipsis size={17} />} />
      </Menu>
      {isDeleting && (
        <Suspense>
          <DeleteWorkflow workflow={workflow} onClose={() => setDeleting(false)} />
        </Suspense>
      )}
    </>
  );
}
