// @vitest-environment jsdom
// Every canvas, such as of a version or an execution, shows steps without places apart.
import { renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { useCanvas } from "../../src/pages/workflow/canvas/flow";
import { chain } from "../core/samples";

it("shows a graph that was made without places as rows", () => {
  const graph = chain("trigger", "a", "b");
  const { result } = renderHook(() => useCanvas(graph, NO_MARKS, () => undefined));
  expect(new Set(result.current.nodes.map(({ position }) => position.y)).size).toBe(3);
});

const NO_MARKS = {};
