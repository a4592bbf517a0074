// What the keyboard does beyond writing, and what is shown around the blocks: the current one, conditions, problems.
import { Extension } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { NodeSelection, Plugin, PluginKey, Selection, type EditorState, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { hasSettings, placeOf } from "../../../core/blocks";
import type { FieldProblem } from "../../../core/fieldProblems";
import type { Answers, Bridge } from "./bridge";
import {
  blockAtIndexes,
  currentBlock,
  duplicateBlock,
  isEmptyParagraph,
  moveBlock,
  removeBlock,
  selectOuter,
  type PlacedBlock,
} from "./commands";

const SHOWN = new PluginKey("blocks");

/** Returns the transaction that shows changed hints. */
export function withHints(state: EditorState): Transaction {
  return state.tr.setMeta(SHOWN, true).setMeta("addToHistory", false);
}

export const Operating = Extension.create<{ bridge: Bridge }>({
  name: "operating",
  priority: 1100,

  addKeyboardShortcuts() {
    const run = (make: (state: EditorState) => Transaction | null) => () => {
      const made = make(this.editor.state);
      if (made) this.editor.view.dispatch(made);
      return made !== null;
    };
    const onBlock = (act: (state: EditorState, block: PlacedBlock) => Transaction | null) => () => {
      const block = currentBlock(this.editor.state);
      const made = block && act(this.editor.state, block);
      if (made) this.editor.view.dispatch(made);
      // At the edge too the keys are ours: the browser would scroll or go back.
      return true;
    };
    const open = (act: () => void) => () => {
      act();
      return true;
    };
    const { bridge } = this.options;
    return {
      "Alt-ArrowUp": onBlock((state, block) => moveBlock(state, block, -1)),
      "Alt-ArrowDown": onBlock((state, block) => moveBlock(state, block, 1)),
      "Mod-Shift-d": onBlock(duplicateBlock),
      "Mod-Shift-Backspace": onBlock(removeBlock),
      "Mod-k": open(() => bridge.ask.link()),
      "Alt-F10": open(() => bridge.ask.toolbar()),
      Escape: run(selectOuter),
      Enter: () => {
        const { selection, doc } = this.editor.state;
        if (!(selection instanceof NodeSelection)) return false;
        const { type } = selection.node;
        if (type.name === "variable" || (hasSettings(type.name) && selection.node.isAtom)) {
          bridge.ask.settings(selection.from);
          return true;
        }
        if (selection.node.isAtom) return false;
        this.editor.view.dispatch(this.editor.state.tr.setSelection(Selection.near(doc.resolve(selection.from + 1))));
        return true;
      },
    };
  },

  addProseMirrorPlugins() {
    const { bridge } = this.options;
    const { editor } = this;
    return [
      new Plugin({
        key: SHOWN,
        props: {
          decorations: (state) => decorationsOf(state, bridge.ask, editor.isEditable),
          handleTextInput: (view, from, _, text) => {
            const { selection } = view.state;
            const block = currentBlock(view.state);
            const isWhole = selection instanceof NodeSelection && selection.node.isBlock;
            if (text === "/" && block && (isWhole || isEmptyParagraph(block.node))) {
              bridge.ask.add(isWhole ? "" : "/");
              return true;
            }
            if (text === "{" && view.state.doc.textBetween(Math.max(0, from - 1), from) === "{") {
              view.dispatch(view.state.tr.delete(from - 1, from));
              bridge.ask.variable("{{");
              return true;
            }
            // A letter must not take the place of a whole block.
            return isWhole;
          },
        },
        // A condition belongs to the list, not to a paragraph that became an item of it.
        appendTransaction: (transactions, _, state) => {
          if (!transactions.some((each) => each.docChanged)) return null;
          const tr = state.tr;
          state.doc.descendants((node, pos, parent) => {
            if (parent?.type.name === "list_item" && node.attrs["show_if"]) tr.setNodeAttribute(pos, "show_if", null);
          });
          return tr.docChanged ? tr : null;
        },
      }),
    ];
  },
});

function decorationsOf(state: EditorState, hints: Answers, isEditable: boolean): DecorationSet {
  const found: Decoration[] = [];
  const mark = ({ node, pos }: PlacedBlock, attributes: Record<string, string>) =>
    found.push(Decoration.node(pos, pos + node.nodeSize, attributes));
  const current = isEditable ? currentBlock(state) : null;
  if (current) mark(current, { class: "block--current" });
  state.doc.descendants((node, pos) => {
    const rule: unknown = node.attrs["show_if"];
    if (rule) mark({ node, pos }, { class: "block--conditional", "data-condition": hints.conditionOf(rule) });
    return !node.isTextblock;
  });
  for (const [pos, { node, texts }] of problemsByBlock(state.doc, hints.problems)) {
    mark({ node, pos }, { class: "block--bad", "data-problem": texts.join(" ") });
  }
  return DecorationSet.create(state.doc, found);
}

/** Returns the problems of the blocks by where each begins; those of no block are not among them. */
export function problemsByBlock(
  doc: Node,
  problems: readonly FieldProblem[],
): Map<number, { node: Node; texts: string[] }> {
  const placed = new Map<number, { node: Node; texts: string[] }>();
  for (const { field, text } of problems) {
    const place = placeOf(field);
    const block = place && blockAtIndexes(doc, place.indexes);
    if (!block) continue;
    const texts = placed.get(block.pos)?.texts ?? [];
    placed.set(block.pos, { node: block.node, texts: texts.includes(text) ? texts : [...texts, text] });
  }
  return placed;
}
