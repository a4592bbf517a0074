// The document of a line: words and chips, and nothing that breaks it.
import { Extension, Node, type AnyExtension } from "@tiptap/core";
import { Text } from "@tiptap/extension-text";
import { Fragment, Slice, type Node as DocumentNode, type Schema } from "@tiptap/pm/model";
import { NodeSelection, Plugin } from "@tiptap/pm/state";
import type { Block } from "../../../core/blocks";
import { lineOfNodes, nodesOfLine } from "../../../core/lines";
import type { Bridge } from "../blocks/bridge";
import { kept, Variable } from "../blocks/schema";

const Document = Node.create({ name: "doc", topNode: true, content: "line" });

const Line = Node.create({
  name: "line",
  content: "(text | variable)*",
  marks: "",
  parseHTML: () => [{ tag: "p" }],
  renderHTML: () => ["p", 0],
});

const SourcedVariable = Variable.extend({
  addAttributes() {
    return { ...this.parent?.(), source: kept("source") };
  },
});

const Writing = Extension.create<{ bridge: Bridge; maxLength: number }>({
  name: "writing",
  addKeyboardShortcuts() {
    const openChip = () => {
      const { selection } = this.editor.state;
      if (selection instanceof NodeSelection) this.options.bridge.ask.settings(selection.from);
      return true;
    };
    return { Enter: openChip, "Shift-Enter": () => true };
  },
  addProseMirrorPlugins() {
    const { bridge, maxLength } = this.options;
    return [
      new Plugin({
        filterTransaction: (transaction) => !transaction.docChanged || lineOf(transaction.doc).length <= maxLength,
        props: {
          clipboardTextSerializer: (slice) => lineOfNodes((slice.content.toJSON() as Block[] | null)?.flatMap(inner) ?? []),
          clipboardTextParser: (text, _, __, view) => sliceOf(view.state.schema, text),
          handleTextInput: (view, from, _, text) => {
            if (text !== "{" || view.state.doc.textBetween(Math.max(0, from - 1), from) !== "{") return false;
            view.dispatch(view.state.tr.delete(from - 1, from));
            bridge.ask.variable("{{");
            return true;
          },
        },
      }),
    ];
  },
});

/** Returns what a line's document is made of. */
export function lineNodes(bridge: Bridge, maxLength: number): AnyExtension[] {
  return [Document, Line, Text, SourcedVariable.configure({ bridge }), Writing.configure({ bridge, maxLength })];
}

/** Returns the document of a stored line. */
export function documentOf(text: string): Block {
  return { type: "doc", content: [{ type: "line", content: nodesOfLine(text) }] };
}

/** Returns what is stored of a document. */
export function lineOf(document: DocumentNode): string {
  return lineOfNodes(inner(document.toJSON() as Block).flatMap(inner));
}

function inner(block: Block): Block[] {
  return block.type === "line" || block.type === "doc" ? (block.content ?? []) : [block];
}

/** Returns a pasted text on one line, with its variables as chips. */
function sliceOf(schema: Schema, text: string): Slice {
  const nodes = nodesOfLine(text.replaceAll(/\s*\n\s*/g, " ")).map((node) => schema.nodeFromJSON(node));
  return new Slice(Fragment.from(nodes), 0, 0);
}
