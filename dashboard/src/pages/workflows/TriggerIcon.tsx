// The picture of the event that starts a workflow.
import { useCatalogue } from "../../api/reads";
import { EventIcon } from "../../components/StepSign";
import { triggerInfo } from "../../core/catalogue";

export function TriggerIcon({ event, size }: { event: string; size?: number }) {
  const catalogue = useCatalogue().data;
  return <EventIcon icon={(catalogue && triggerInfo(catalogue, event)?.icon) ?? ""} {...(size ? { size } : {})} />;
}
