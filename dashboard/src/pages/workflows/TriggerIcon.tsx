// The picture of the event that starts a workflow.
import { useCatalogue } from "../../api/reads";
import { EventIcon } from "../../components/StepSign";

export function TriggerIcon({ event, size }: { event: string; size?: number }) {
  // Found here: what else knows the catalogue is of the editor, and the list would load it with this.
  const trigger = useCatalogue().data?.triggers.find((each) => each.event === event);
  return <EventIcon icon={trigger?.icon ?? ""} {...(size ? { size } : {})} />;
}
