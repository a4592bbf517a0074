// Switches something on and off: in a row of a list, and on its own page.
import { useMutation } from "@tanstack/react-query";
import { useCurrentLocation } from "../currentLocation";
import { Switch } from "./Switch";
import { useToasts } from "./toasts";

interface ActiveProps {
  thing: { name: string; active: boolean };
  /** The collection that it is of, such as `/templates`. */
  of: string;
  /** Stores the change; errors are reported here. */
  onStore: (active: boolean) => Promise<unknown>;
}

/** The switch in a row; it shows what is wanted while that is stored. */
export function ActiveSwitch({ thing, ...change }: ActiveProps) {
  const { may } = useCurrentLocation();
  const storing = useStoring(change);
  if (!may("editor")) return <ActiveBadge isActive={thing.active} />;
  return (
    <Switch
      label={`${thing.name} is active`}
      isOn={storing.isPending ? storing.variables : thing.active}
      isDisabled={storing.isPending}
      onChange={storing.mutate}
    />
  );
}

/** The switch on a page, with what it means. */
export function ActiveField({ thing, help, ...change }: ActiveProps & { help: string }) {
  const { may } = useCurrentLocation();
  const storing = useStoring(change);
  if (!may("editor")) {
    return (
      <p>
        <ActiveBadge isActive={thing.active} />
      </p>
    );
  }
  return (
    <div className="field">
      <Switch isOn={thing.active} isDisabled={storing.isPending} onChange={storing.mutate}>
        Active
      </Switch>
      <p className="field__help">{help}</p>
    </div>
  );
}

function ActiveBadge({ isActive }: { isActive: boolean }) {
  return <span className={isActive ? "badge badge--good" : "badge"}>{isActive ? "Active" : "Inactive"}</span>;
}

function useStoring({ of, onStore }: Omit<ActiveProps, "thing">) {
  const { reportFailure } = useToasts();
  return useMutation({ mutationFn: onStore, meta: { changes: [of] }, onError: reportFailure });
}
