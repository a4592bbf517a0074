// Switches something on and off: in a row of a list, and on its own page.
import { useState } from "react";
import { useCurrentLocation } from "../currentLocation";
import { Switch } from "./Switch";
import { useToasts } from "./toasts";

interface ActiveProps {
  thing: { name: string; active: boolean };
  /** Stores the change; errors are reported here. */
  onStore: (active: boolean) => Promise<unknown>;
}

/** The switch in a row; it shows what is wanted while that is stored. */
export function ActiveSwitch({ thing, onStore }: ActiveProps) {
  const { may } = useCurrentLocation();
  const { wanted, change } = useStoring(onStore);
  if (!may("editor")) return <ActiveBadge isActive={thing.active} />;
  return (
    <Switch
      label={`${thing.name} is active`}
      isOn={wanted ?? thing.active}
      isDisabled={wanted !== null}
      onChange={(active) => void change(active)}
    />
  );
}

/** The switch on a page, with what it means. */
export function ActiveField({ thing, onStore, help }: ActiveProps & { help: string }) {
  const { may } = useCurrentLocation();
  const { wanted, change } = useStoring(onStore);
  if (!may("editor")) {
    return (
      <p>
        <ActiveBadge isActive={thing.active} />
      </p>
    );
  }
  return (
    <div className="field">
      <Switch isOn={thing.active} isDisabled={wanted !== null} onChange={(active) => void change(active)}>
        Active
      </Switch>
      <p className="field__help">{help}</p>
    </div>
  );
}

function ActiveBadge({ isActive }: { isActive: boolean }) {
  return <span className={isActive ? "badge badge--good" : "badge"}>{isActive ? "Active" : "Inactive"}</span>;
}

function useStoring(onStore: ActiveProps["onStore"]) {
  const { reportFailure } = useToasts();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const change = async (active: boolean) => {
    setWanted(active);
    try {
      await onStore(active);
    } catch (error) {
      reportFailure(error);
    } finally {
      setWanted(null);
    }
  };
  return { wanted, change };
}
