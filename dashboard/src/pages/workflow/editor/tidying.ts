// Asks a worker for the tidy places of a graph's steps.
import type { Graph, Position } from "../../../core/graph";

export type Places = readonly { id: string; position: Position }[];

/**
 * Returns where the steps and notes of a graph stand once it is tidied up.
 *
 * @throws Error The worker could not be loaded, such as without a connection.
 */
export function tidyPlaces(graph: Graph): Promise<Places> {
  const worker = new Worker(new URL("./tidying.worker.ts", import.meta.url), { type: "module" });
  return new Promise<Places>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Places>) => resolve(data);
    worker.onerror = () => reject(new Error("Tidying up could not be started. Check the connection, then try again."));
    worker.postMessage(graph);
  }).finally(() => worker.terminate());
}
