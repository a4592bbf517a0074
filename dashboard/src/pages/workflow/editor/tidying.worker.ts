// Tidies a graph beside the page, so that a large one keeps nobody waiting.
import type { Graph, GraphNode } from "../../../core/graph";
import { tidied } from "../../../core/layout";

addEventListener("message", ({ data }: MessageEvent<Graph>) => {
  postMessage(tidied(data).nodes.map(({ id, position }: GraphNode) => ({ id, position })));
});
