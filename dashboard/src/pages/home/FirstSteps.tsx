// What a new location does first; nothing once it has a workflow.
import { Sprout } from "lucide-react";
import { Link } from "wouter";
import { Empty } from "../../components/States";
import { useApi, useCurrentLocation } from "../../currentLocation";

export function FirstSteps() {
  const { may, path } = useCurrentLocation();
  const workflows = useApi().useQuery("get", "/workflows", { params: { query: { limit: 1 } } });
  if (workflows.data?.items.length !== 0) return null;
  return (
    <div className="card home__first">
      <Empty
        icon={<Sprout size={24} />}
        title="Nothing runs here yet"
        actions={
          <>
            {may("editor") && (
              <Link className="button button--primary button--normal" href={path("/workflows")}>
                Add the first workflow
              </Link>
            )}
            {may("admin") && (
              <Link className="button button--plain button--normal" href={path("/settings/general")}>
                Check the settings
              </Link>
            )}
          </>
        }
      >
        Start with a confirmation or a reminder. Once it is on, this page shows what goes out and what needs you.
      </Empty>
    </div>
  );
}
