// Switches a record on and off: in a row of a list, and on its own page.
import { useMutation } from "@tanstack/react-query";
import { Switch } from "../../components/Switch";
import { useToasts } from "../../components/toasts";
import { useCurrentLocation } from "../../currentLocation";
import { revisionOf, type Kind, type Summary } from "./kinds";

interface ActiveProps<S extends Summary> {
  kind: Pick<Kind<S>, "collection" | "setActive">;
  record: Summary;
}

/** The switch in a row; it shows what is wanted while that is stored. */
export function ActiveSwitch<S extends Summary>({ kind, record }: ActiveProps<S>) {
  const { may } = useCurrentLocation();
  const storing = useSetActive(kind, record.id);
  if (!may("editor")) return <ActiveBadge isActive={record.active} />;
  return (
    <Switch
      label={`${record.name} is active`}
      isOn={storing.isPending ? storing.variables.active : record.active}
      isDisabled={storing.isPending}
      onChange={(active) => storing.mutate({ active, revision: revisionOf(record) })}
    />
  );
}

interface ActiveFieldProps<S extends Summary> extends ActiveProps<S> {
  /** The revision that the page knows, which may be ahead of the record that was read. */
  revision: number;
  help: string;
  onStored: (revision: number) => void;
}

/** The switch on a page, with what it means. */
export function ActiveField<S extends Summary>({ kind, record, revision, help, onStored }: ActiveFieldProps<S>) {
  const { may } = useCurrentLocation();
  const storing = useSetActive(kind, record.id, onStored);
  if (!may("editor")) {
    return (
      <p>
        <ActiveBadge isActive={record.active} />
      </p>
    );
  }
  return (
    <div className="field">
      <Switch
        isOn={record.active}
        isDisabled={storing.isPending}
        onChange={(active) => storing.mutate({ active, revision })}
      >
        Active
      </Switch>
      <p className="field__help">{help}</p>
    </div>
  );
}

function ActiveBadge({ isActive }: { isActive: boolean }) {
  return <span className={isActive ? "badge badge--good" : "badge"}>{isActive ? "Active" : "Inactive"}</span>;
}

function useSetActive<S extends Summary>(kind: ActiveProps<S>["kind"], id: string, onStored?: (revision: number) => void) {
  const { api } = useCurrentLocation();
  const { reportFailure } = useToasts();
  return useMutation({
    mutationFn: ({ active, revision }: { active: boolean; revision: number }) =>
      kind.setActive(api, id, revision, active),
    meta: { changes: [kind.collection] },
    onSuccess: (record) => onStored?.(revisionOf(record)),
    onError: reportFailure,
  });
}
