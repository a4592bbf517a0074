// What can be done with a block: found, moved, copied, deleted, added, shown on a condition.
import type { Node, ResolvedPos } from "@tiptap/pm/model";
import { closeHistory } from "@tiptap/pm/history";
import { NodeSelection, Selection, TextSelection, type EditorState, type Transaction } from "@tiptap/pm/state";
import { HOLDERS, type Block } from "../../../core/blocks";

/** A block of the document and where it begins. */
export interface PlacedBlock {
  node: Node;
  pos: number;
}

/** Returns the innermost block around a position; null between blocks. */
export function blockAround($pos: ResolvedPos): PlacedBlock | null {
  for (let depth = $pos.depth; depth > 0; depth -= 1) {
    if (HOLDERS.has($pos.node(depth - 1).type.name)) return { node: $pos.node(depth), pos: $pos.before(depth) };
  }
  return null;
}

/** Returns the block that is selected, or that the cursor is in. */
export function currentBlock({ selection }: Pick<EditorState, "selection">): PlacedBlock | null {
  if (selection instanceof NodeSelection && HOLDERS.has(selection.$from.parent.type.name)) {
    return { node: selection.node, pos: selection.from };
  }
  return blockAround(selection.$from);
}

/** Returns the block that starts at a position, if one does. */
export function blockAt(doc: Node, pos: number): PlacedBlock | null {
  if (pos < 0 || pos >= doc.content.size) return null;
  const $pos = doc.resolve(pos);
  const node = $pos.nodeAfter;
  return node && HOLDERS.has($pos.parent.type.name) ? { node, pos } : null;
}

/** Returns the block at a path of indexes, or the deepest one on the way there. */
export function blockAtIndexes(doc: Node, indexes: readonly number[]): PlacedBlock | null {
  let found: PlacedBlock | null = null;
  let parent = doc;
  let start = 0;
  for (const index of indexes) {
    if (index >= parent.childCount) break;
    let pos = start;
    for (let each = 0; each < index; each += 1) pos += parent.child(each).nodeSize;
    const node = parent.child(index);
    if (HOLDERS.has(parent.type.name)) found = { node, pos };
    parent = node;
    start = pos + 1;
  }
  return found;
}

/**
 * Moves a block before the one above it or behind the one below it; out of a panel or a column at its edge.
 *
 * Returns null at the edge of the document.
 */
export function moveBlock(state: EditorState, block: PlacedBlock, by: -1 | 1): Transaction | null {
  const $pos = state.doc.resolve(block.pos);
  const index = $pos.index();
  const holder = $pos.parent;
  if (index + by >= 0 && index + by < holder.childCount) {
    const other = holder.child(index + by);
    const target = by < 0 ? block.pos - other.nodeSize : block.pos + other.nodeSize;
    const tr = undoneAlone(state).delete(block.pos, block.pos + block.node.nodeSize).insert(target, block.node);
    return withSelection(tr, state, block, target);
  }
  const outer = outerPlace($pos, by);
  if (outer === null) return null;
  const tr = undoneAlone(state);
  if (by < 0) {
    tr.insert(outer, block.node);
    removeAt(tr, block.pos + block.node.nodeSize);
    return withSelection(tr, state, block, outer);
  }
  removeAt(tr, block.pos);
  const target = tr.mapping.map(outer);
  tr.insert(target, block.node);
  return withSelection(tr, state, block, target);
}

/** Copies a block behind itself and goes to the copy. */
export function duplicateBlock(state: EditorState, { node, pos }: PlacedBlock): Transaction {
  const copy = pos + node.nodeSize;
  return withSelection(undoneAlone(state).insert(copy, node), state, { node, pos }, copy);
}

/** Deletes a block; the only one of its holder leaves an empty paragraph. */
export function removeBlock(state: EditorState, { pos }: PlacedBlock): Transaction {
  const tr = undoneAlone(state);
  removeAt(tr, pos);
  return tr.setSelection(Selection.near(tr.doc.resolve(Math.min(pos, tr.doc.content.size)))).scrollIntoView();
}

/**
 * Adds a block behind the one the cursor is in, in the place of an empty paragraph; at the end without one.
 *
 * A block that may not stand inside the panel or column comes behind that.
 */
export function addBlock(state: EditorState, made: Block, after: PlacedBlock | null = currentBlock(state)): Transaction {
  const node = state.schema.nodeFromJSON(made);
  const tr = undoneAlone(state);
  const holder = after && state.doc.resolve(after.pos).parent;
  if (after && isEmptyParagraph(after.node) && holder?.canReplaceWith(0, 0, node.type)) {
    tr.replaceWith(after.pos, after.pos + after.node.nodeSize, node);
    return atStartOf(tr, after.pos, node);
  }
  let pos = after ? after.pos + after.node.nodeSize : state.doc.content.size;
  for (let $pos = state.doc.resolve(pos); ; $pos = state.doc.resolve(pos)) {
    const isPlace = HOLDERS.has($pos.parent.type.name) && $pos.parent.canReplaceWith($pos.index(), $pos.index(), node.type);
    if (isPlace || $pos.depth === 0) break;
    pos = $pos.after();
  }
  tr.insert(pos, node);
  return atStartOf(tr, pos, node);
}

/** Changes some of a node's attributes. */
export function setAttributes(state: EditorState, pos: number, attributes: Record<string, unknown>): Transaction {
  const node = state.doc.nodeAt(pos);
  const tr = state.tr;
  if (!node) return tr;
  const { selection } = state;
  tr.setNodeMarkup(pos, null, { ...node.attrs, ...attributes });
  // A changed node is another one: it would no longer be selected.
  if (selection instanceof NodeSelection && selection.from === pos) tr.setSelection(NodeSelection.create(tr.doc, pos));
  return tr;
}

/** Returns whether a paragraph is empty, so that a block may take its place. */
export function isEmptyParagraph(node: Node): boolean {
  return node.type.name === "paragraph" && node.content.size === 0 && !node.attrs["show_if"];
}

/** Selects the block that the cursor is in, or what holds the selected one. */
export function selectOuter(state: EditorState): Transaction | null {
  const { selection } = state;
  let $pos = selection.$from;
  if (selection instanceof NodeSelection && selection.node.isInline) return selectAt(state, blockAround($pos));
  if (!(selection instanceof NodeSelection)) return selectAt(state, blockAround($pos));
  while ($pos.depth > 0) {
    const outer = $pos.before();
    const block = blockAt(state.doc, outer);
    if (block) return selectAt(state, block);
    $pos = state.doc.resolve(outer);
  }
  return null;
}

function selectAt(state: EditorState, block: PlacedBlock | null): Transaction | null {
  return block && NodeSelection.isSelectable(block.node)
    ? state.tr.setSelection(NodeSelection.create(state.doc, block.pos))
    : null;
}

/** Returns the place before or behind what holds a block, where another holder begins; null at the edge. */
function outerPlace($pos: ResolvedPos, by: -1 | 1): number | null {
  for (let depth = $pos.depth; depth > 0; depth -= 1) {
    if (HOLDERS.has($pos.node(depth - 1).type.name)) return by < 0 ? $pos.before(depth) : $pos.after(depth);
  }
  return null;
}

/** Begins a step of its own for undo: what was typed just before stays. */
function undoneAlone(state: EditorState): Transaction {
  return closeHistory(state.tr);
}

function removeAt(tr: Transaction, pos: number): void {
  const $pos = tr.doc.resolve(pos);
  const node = $pos.nodeAfter;
  const paragraph = tr.doc.type.schema.nodes["paragraph"];
  if (!node || !paragraph) return;
  if ($pos.parent.childCount > 1) tr.delete(pos, pos + node.nodeSize);
  else tr.replaceWith(pos, pos + node.nodeSize, paragraph.create());
}

/** Puts the selection of a block where the block, or its copy, now is. */
function withSelection(tr: Transaction, { selection }: EditorState, block: PlacedBlock, target: number): Transaction {
  const isInside = selection.from >= block.pos && selection.to <= block.pos + block.node.nodeSize;
  const moved = target - block.pos;
  if (isInside && selection instanceof TextSelection) {
    tr.setSelection(TextSelection.create(tr.doc, selection.anchor + moved, selection.head + moved));
  } else if (NodeSelection.isSelectable(block.node)) {
    tr.setSelection(NodeSelection.create(tr.doc, target));
  }
  return tr.scrollIntoView();
}

function atStartOf(tr: Transaction, pos: number, node: Node): Transaction {
  if (node.isAtom) tr.setSelection(NodeSelection.create(tr.doc, pos));
  else if (node.type.name === "button") tr.setSelection(TextSelection.create(tr.doc, pos + 1, pos + 1 + node.content.size));
  else tr.setSelection(Selection.near(tr.doc.resolve(pos + 1)));
  return tr.scrollIntoView();
}
