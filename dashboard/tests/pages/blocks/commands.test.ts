// What can be done with blocks, on documents without a screen.
import { getSchema } from "@tiptap/core";
import { NodeSelection, TextSelection, EditorState } from "@tiptap/pm/state";
import { describe, expect, it } from "vitest";
import { KINDS, tidied, type Block } from "../../../src/core/blocks";
import { Bridge } from "../../../src/pages/templates/blocks/bridge";
import {
  addBlock,
  blockAt,
  blockAtIndexes,
  currentBlock,
  duplicateBlock,
  moveBlock,
  removeBlock,
  selectOuter,
  setAttributes,
} from "../../../src/pages/templates/blocks/commands";
import { problemsByBlock } from "../../../src/pages/templates/blocks/operating";
import { blockNodes } from "../../../src/pages/templates/blocks/schema";

const schema = getSchema(blockNodes(new Bridge()));
const text = (words: string): Block => ({ type: "paragraph", content: [{ type: "text", text: words }] });
const panel = (...content: Block[]): Block => ({ type: "panel", content });
const columns = (left: Block[], right: Block[]): Block => ({
  type: "columns",
  content: [
    { type: "column", content: left },
    { type: "column", content: right },
  ],
});

/** Returns a state with the cursor in the text that holds these words. */
function stateOf(blocks: Block[], words?: string): EditorState {
  const doc = schema.nodeFromJSON({ type: "doc", content: blocks });
  doc.check();
  const state = EditorState.create({ schema, doc });
  if (words === undefined) return state;
  let found = -1;
  doc.descendants((node, pos) => {
    if (node.isText && node.text?.includes(words)) found = pos;
  });
  return state.apply(state.tr.setSelection(TextSelection.create(doc, found + 1)));
}

function blocksOf(state: EditorState): Block[] {
  state.doc.check();
  return tidied((state.doc.toJSON() as Block).content ?? []);
}

function done(state: EditorState, act: typeof duplicateBlock): EditorState {
  const block = currentBlock(state);
  if (!block) throw new Error("no block is current");
  return state.apply(act(state, block));
}

const up = (state: EditorState) => move(state, -1);
const down = (state: EditorState) => move(state, 1);
function move(state: EditorState, by: -1 | 1): EditorState {
  const block = currentBlock(state);
  const made = block && moveBlock(state, block, by);
  return made ? state.apply(made) : state;
}

describe("every kind of block", () => {
  it.each(KINDS.map((kind) => [kind.key, kind] as const))("%s can be added, and is stored as it is named", (key, { make }) => {
    const state = stateOf([text("one"), text("two")], "one");
    const next = state.apply(addBlock(state, make()));
    expect(blocksOf(next).map(({ type }) => type)).toEqual(["paragraph", key, "paragraph"]);
  });

  it("takes the place of an empty paragraph", () => {
    const state = stateOf([{ type: "paragraph" }]);
    expect(blocksOf(state.apply(addBlock(state, { type: "divider" })))).toEqual([{ type: "divider" }]);
  });

  it("comes behind the panel or the columns where it may not stand inside", () => {
    const state = stateOf([columns([panel(text("inside"))], [text("right")]), text("after")], "inside");
    const next = state.apply(addBlock(state, columns([text("a")], [text("b")])));
    expect(blocksOf(next).map(({ type }) => type)).toEqual(["columns", "columns", "paragraph"]);
    const inside = state.apply(addBlock(state, { type: "divider" }));
    expect(blocksOf(inside)[0]?.content?.[0]?.content?.[0]?.content?.map(({ type }) => type)).toEqual(["paragraph", "divider"]);
  });

  it("refuses columns inside columns", () => {
    expect(() =>
      schema.nodeFromJSON({ type: "doc", content: [columns([columns([text("a")], [text("b")])], [text("c")])] }).check(),
    ).toThrow();
  });
});

describe("moving", () => {
  it("swaps with the neighbour, and takes the cursor along", () => {
    const state = down(stateOf([text("one"), text("two"), text("three")], "one"));
    expect(blocksOf(state)).toEqual([text("two"), text("one"), text("three")]);
    expect(state.selection.$from.parent.textContent).toBe("one");
    expect(blocksOf(up(state))).toEqual([text("one"), text("two"), text("three")]);
  });

  it("stops at the edge of the document", () => {
    const state = stateOf([text("one"), text("two")], "one");
    expect(up(state)).toBe(state);
  });

  it("leaves a panel at its edge, which keeps an empty paragraph", () => {
    const begun = stateOf([text("before"), panel(text("inside")), text("after")], "inside");
    expect(blocksOf(up(begun))).toEqual([text("before"), text("inside"), panel({ type: "paragraph" }), text("after")]);
    const below = down(begun);
    expect(blocksOf(below)).toEqual([text("before"), panel({ type: "paragraph" }), text("inside"), text("after")]);
    expect(below.selection.$from.parent.textContent).toBe("inside");
  });

  it("leaves a column to above or below the columns", () => {
    const state = stateOf([columns([text("left")], [text("right")])], "right");
    expect(blocksOf(up(state))).toEqual([text("right"), columns([text("left")], [{ type: "paragraph" }])]);
  });

  it("moves a list as a whole", () => {
    const list = { type: "bullet_list", content: [{ type: "list_item", content: [text("point")] }] };
    expect(blocksOf(up(stateOf([text("one"), list], "point")))).toEqual([list, text("one")]);
  });
});

describe("copying and deleting", () => {
  it("copies a block with its condition behind it", () => {
    const block = { ...text("one"), attrs: { show_if: { variable: "booking.status", operator: "equals", value: "confirmed" } } };
    const state = done(stateOf([block, text("two")], "one"), duplicateBlock);
    expect(blocksOf(state)).toEqual([block, block, text("two")]);
    expect(state.selection.$from.index(0)).toBe(1);
  });

  it("leaves an empty paragraph in the place of the only block", () => {
    expect(blocksOf(done(stateOf([text("one")], "one"), removeBlock))).toEqual([{ type: "paragraph" }]);
    expect(blocksOf(done(stateOf([panel(text("in"))], "in"), removeBlock))).toEqual([panel({ type: "paragraph" })]);
  });
});

describe("selecting", () => {
  it("goes from the text to its block, and on to what holds it", () => {
    let state = stateOf([columns([panel(text("deep"))], [text("right")])], "deep");
    const kinds: string[] = [];
    for (let made = selectOuter(state); made; made = selectOuter(state)) {
      state = state.apply(made);
      kinds.push((state.selection as NodeSelection).node.type.name);
    }
    expect(kinds).toEqual(["paragraph", "panel", "columns"]);
  });

  it("keeps a block selected while its attributes change", () => {
    const begun = stateOf([{ type: "image", attrs: { src: "", alt: "" } }, text("x")]);
    const state = begun.apply(begun.tr.setSelection(NodeSelection.create(begun.doc, 0)));
    const next = state.apply(setAttributes(state, 0, { src: "https://example.com/a.png" }));
    expect((next.selection as NodeSelection).node.attrs["src"]).toBe("https://example.com/a.png");
  });
});

describe("places", () => {
  const { doc } = stateOf([text("one"), columns([text("left")], [panel(text("deep")), text("right")])]);

  it("are found by indexes, as deep as a block goes", () => {
    expect(blockAtIndexes(doc, [0])?.node.textContent).toBe("one");
    expect(blockAtIndexes(doc, [1, 1, 0])?.node.type.name).toBe("panel");
    expect(blockAtIndexes(doc, [1, 1, 0, 0])?.node.textContent).toBe("deep");
    expect(blockAtIndexes(doc, [1, 0])?.node.type.name).toBe("columns");
    expect(blockAtIndexes(doc, [9])).toBeNull();
  });

  it("show a problem at the block that it names, and none elsewhere", () => {
    const found = problemsByBlock(doc, [
      { field: "blocks.1.1.1", text: "Unknown variable." },
      { field: "blocks.1.1.1", text: "Unknown variable." },
      { field: "subject", text: "Missing." },
    ]);
    expect([...found.values()].map(({ node, texts }) => [node.textContent, texts])).toEqual([["right", ["Unknown variable."]]]);
    for (const pos of found.keys()) expect(blockAt(doc, pos)).not.toBeNull();
  });
});
