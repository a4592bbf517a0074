// Tidies a graph beside the page, so that a large one keeps nobody waiting.
import type { Graph, GraphNode } from "../../../core/graph";
import { tidied } from "../../../core/layout";
import { notesBeside } from "../../../core/notes";

addEventListener("message", ({ data }: MessageEvent<Graph>) => {
  const tidy = tidied(data);
  postMessage([...tidy.nodes.map(({ id, position }: GraphNode) => ({ id, position })), ...notesBeside(data, tidy)]);
});
