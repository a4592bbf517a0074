// Counts the executions that wait on older versions of a workflow, and moves them to the published one.
import { body } from "../../../api/client";
import { count } from "../../../components/format";
import { useApi } from "../../../currentLocation";

const COUNTED = 100;

export interface Moved {
  moved: number;
  /** Why others were not moved, each in a sentence. */
  problems: readonly string[];
}

/** Returns how many executions wait on other versions than this one, as people say it; nothing while none is known. */
export function useWaiting(workflowId: string, version: number | null) {
  const query = { workflow_id: workflowId, status: "waiting" as const, limit: COUNTED };
  const waiting = useApi().useQuery("get", "/executions", { params: { query } }, { staleTime: 0 });
  const older = (waiting.data?.items ?? []).filter((each) => each.version !== version).length;
  const number = waiting.data?.next_cursor ? `At least ${count(older, "execution")}` : count(older, "execution");
  return { older, number };
}

/** Returns what moves the waiting executions, page by page. */
export function useMover(workflowId: string): () => Promise<Moved> {
  const api = useApi();
  return async () => {
    let moved = 0;
    const problems: string[] = [];
    let cursor: string | null | undefined;
    do {
      const params = { path: { workflow_id: workflowId }, query: cursor ? { cursor } : {} };
      const page = await body(api.POST("/workflows/{workflow_id}/move-waiting", { params }));
      moved += page.items.filter(({ resumed }) => resumed).length;
      problems.push(...page.items.flatMap(({ problem }) => problem ?? []));
      cursor = page.next_cursor;
    } while (cursor);
    return { moved, problems };
  };
}

/** Returns why some were not moved, as a sentence; nothing if all were. */
export function notMoved({ problems }: Moved): string {
  const [first] = problems;
  return first ? `${count(problems.length, "execution was", "executions were")} not moved: ${first}` : "";
}
