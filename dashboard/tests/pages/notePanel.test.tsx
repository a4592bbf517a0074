// The panel of a note: its text has the focus when it is new, and its sides become what the API takes.
// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it } from "vitest";
import { notesOf, type Graph } from "../../src/core/graph";
import { newNote, withNote } from "../../src/core/notes";
import { NotePanel } from "../../src/pages/workflow/editor/NotePanel";
import { chain } from "../core/samples";

afterEach(cleanup);

/** Shows the panel of a note of a graph; returns the graph as it is. */
function shown({ isReadOnly = false } = {}): { graph: Graph } {
  const state = { graph: chain("t") };
  state.graph = withNote(state.graph, newNote(state.graph, { x: 0, y: 0, width: 0, height: 0 }));
  function Panel() {
    const [graph, setGraph] = useState(state.graph);
    const note = notesOf(graph)[0];
    if (!note) return <p>No note</p>;
    const onEdit = (edited: (graph: Graph) => Graph) => {
      state.graph = edited(state.graph);
      setGraph(state.graph);
    };
    return <NotePanel note={note} isNew isReadOnly={isReadOnly} onEdit={onEdit} onDuplicate={() => undefined} />;
  }
  render(<Panel />);
  return state;
}

it("takes the text at once, then the color and the size", async () => {
  const state = shown();
  await userEvent.keyboard("Ask Ada");
  await userEvent.click(screen.getByLabelText("Green"));
  const width = screen.getByLabelText<HTMLInputElement>("Width");
  await userEvent.clear(width);
  await userEvent.type(width, "9999");
  await userEvent.tab();
  expect(notesOf(state.graph)).toMatchObject([{ text: "Ask Ada", color: "green", width: 1200, height: 120 }]);
  expect(screen.getByLabelText<HTMLInputElement>("Width").value).toBe("1200");
});

it("is deleted by its button", async () => {
  const state = shown();
  await userEvent.click(screen.getByRole("button", { name: /Delete note/ }));
  expect(notesOf(state.graph)).toEqual([]);
});

it("changes nothing for a viewer", async () => {
  const state = shown({ isReadOnly: true });
  const before = state.graph;
  await userEvent.keyboard("Ask Ada");
  expect(screen.queryByRole("button", { name: /Delete/ })).toBeNull();
  expect(state.graph).toBe(before);
});
