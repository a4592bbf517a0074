// One record in a list: its name, when it was changed, its switch, and its menu.
import { useMutation } from "@tanstack/react-query";
import { Copy, Ellipsis, FileDown, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { messageOf } from "../../api/problem";
import { IconButton } from "../../components/Button";
import { Confirm } from "../../components/Dialog";
import { Menu } from "../../components/Menu";
import { Notice } from "../../components/Notice";
import { ACTIONS, Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { useCurrentLocation } from "../../currentLocation";
import { ActiveSwitch } from "./Active";
import { addressOf, EDITOR, revisionOf, type Kind, type Summary } from "./kinds";

type AnyKind = Pick<Kind, "collection" | "tabs" | "deletion" | "setActive" | "duplicate" | "download" | "remove">;

interface RecordRowProps {
  kind: AnyKind;
  record: Summary & { updated_at: string | null };
  /** What stands beside the name. */
  badge?: ReactNode;
  /** The cells that only this kind has. */
  children: ReactNode;
}

/** Returns the columns of a list, with those that only its kind has. */
export function useColumns(own: readonly string[]): string[] {
  const { may } = useCurrentLocation();
  return ["Name", ...own, "Last changed", "Active", ...(may("editor") ? [ACTIONS] : [])];
}

export function RecordRow({ kind, record, badge, children }: RecordRowProps) {
  const { may, path } = useCurrentLocation();
  return (
    <Row>
      <Cell>
        <div className="table__main">
          <span>
            <Link href={path(`${kind.collection}/${encodeURIComponent(record.id)}`)} className="table__title">
              {record.name}
            </Link>{" "}
            {badge}
          </span>
          <span className="muted small">{record.id}</span>
        </div>
      </Cell>
      {children}
      <Cell of="Last changed" className="muted">
        {record.updated_at ? <Ago at={record.updated_at} /> : "never"}
      </Cell>
      <Cell of="Active">
        <ActiveSwitch kind={kind} record={record} />
      </Cell>
      {may("editor") && (
        <Cell className="row-end">
          <RowMenu kind={kind} record={record} />
        </Cell>
      )}
    </Row>
  );
}

interface RecordProps {
  kind: AnyKind;
  record: Summary;
}

function RowMenu({ kind, record }: RecordProps) {
  const { api, path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [isDeleting, setDeleting] = useState(false);
  const duplicate = useMutation({
    mutationFn: () => kind.duplicate(api, record.id),
    meta: { changes: [kind.collection] },
    onSuccess: ({ id, name }) => {
      report(`Created “${name}”.`);
      navigate(path(addressOf(kind, id, EDITOR)));
    },
    onError: reportFailure,
  });
  const { download: exported } = kind;
  return (
    <>
      <Menu
        label={`More for ${record.name}`}
        entries={[
          { id: "duplicate", label: "Duplicate", icon: <Copy size={16} />, onAction: () => duplicate.mutate() },
          ...(exported
            ? [
                {
                  id: "export",
                  label: "Export",
                  icon: <FileDown size={16} />,
                  onAction: () => void exported(api, record.id).catch(reportFailure),
                },
              ]
            : []),
          "line",
          {
            id: "delete",
            label: "Delete",
            icon: <Trash2 size={16} />,
            isDangerous: true,
            onAction: () => setDeleting(true),
          },
        ]}
      >
        <IconButton label={`More for ${record.name}`} size="small" icon={<Ellipsis size={17} />} />
      </Menu>
      {isDeleting && <DeleteDialog kind={kind} record={record} onClose={() => setDeleting(false)} />}
    </>
  );
}

/** Asks before deleting; an error, which names the workflows that send it, stays in sight. */
function DeleteDialog({ kind, record, onClose }: RecordProps & { onClose: () => void }) {
  const { api } = useCurrentLocation();
  const { report } = useToasts();
  const remove = useMutation({
    mutationFn: () => kind.remove(api, record.id, revisionOf(record)),
    meta: { changes: [kind.collection] },
    onSuccess: () => {
      report(`Deleted “${record.name}”.`);
      onClose();
    },
  });
  return (
    <Confirm
      title={`Delete “${record.name}”?`}
      action="Delete"
      isDangerous
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>{kind.deletion}</p>
      {remove.isError && (
        <Notice tone="bad">{messageOf(remove.error).replace(/^(Template|Survey) id: the/, "Not deleted: the")}</Notice>
      )}
    </Confirm>
  );
}
