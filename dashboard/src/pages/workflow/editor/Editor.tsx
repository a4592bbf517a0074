// The editor: palette, canvas and panel over one draft.
import {
  getNodesBounds,
  ReactFlowProvider,
  useReactFlow,
  type Connection,
} from "@xyflow/react";
import { MousePointerClick, Redo2, Undo2, WandSparkles, Zap } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState, type DragEvent, type KeyboardEvent } from "react";
import { Popover } from "react-aria-components";
import { IconButton } from "../../../components/Button";
import { Field } from "../../../components/Field";
import { EventIcon, StepSign } from "../../../components/StepSign";
import { useToasts } from "../../../components/toasts";
import { placed as withPlaces } from "../../../core/canvas";
import { handlesOf, type Catalogue } from "../../../core/catalogue";
import { copied, pasted } from "../../../core/clipboard";
import { refusal, type Way } from "../../../core/connect";
import type { Draft, DraftState } from "../../../core/draft";
import { connected, inserted, withNode, without } from "../../../core/edit";
import { edgesOf, nodeById, nodesOf, triggerOf, type Graph, type Position } from "../../../core/graph";
import { placeAfter, tidied, withRoomBefore } from "../../../core/layout";
import { placedProblems, type Problem } from "../../../core/problems";
import { Canvas } from "../canvas/Canvas";
import { useDrawn, type Marks, type StepNode, type WayEdge } from "../canvas/flow";
import { InsertContext } from "../canvas/WayEdgeView";
import { CatalogueContext } from "../CatalogueContext";
import { Palette } from "./Palette";
import { Problems } from "./Problems";
import { StepPanel, type EditGraph } from "./StepPanel";
import { DRAGGED, newStep, stepKinds, triggerKinds, type StepKind } from "./steps";
import "../form/form.css";
import "./editor.css";

const NO_PROBLEMS: readonly Problem[] = [];

interface EditorProps {
  draft: Draft;
  state: DraftState;
  catalogue: Catalogue;
  isReadOnly: boolean;
}

export function Editor(props: EditorProps) {
  return (
    <ReactFlowProvider>
      <CatalogueContext value={props.catalogue}>
        <Workbench {...props} />
      </CatalogueContext>
    </ReactFlowProvider>
  );
}

function Workbench({ draft, state, catalogue, isReadOnly }: EditorProps) {
  const { graph, description } = state.history.present;
  const flow = useReactFlow<StepNode, WayEdge>();
  const { tell } = useToasts();
  const frame = useRef<HTMLDivElement>(null);
  const placed = useMemo(() => placedProblems(state.problems), [state.problems]);
  const marks = useMemo<Marks>(() => ({ problems: placed.byNode }), [placed]);
  const edit: EditGraph = useCallback((edited, kind) => draft.editGraph(edited, kind ?? null), [draft]);
  const onMoved = useCallback(
    (places: { id: string; position: Position }[]) => edit((graph) => withPlaces(graph, places)),
    [edit],
  );
  const drawn = useDrawn(graph, marks, onMoved);
  const { selected, select } = drawn;
  const one = selected.size === 1 ? nodeById(graph, [...selected][0]) : undefined;
  const selectedEdges = drawn.edges.filter((edge) => edge.selected).map((edge) => edge.id);

  const show = useCallback(
    (ids: ReadonlySet<string>) => {
      select(ids);
      const nodes = flow.getNodes().filter((node) => ids.has(node.id));
      if (nodes.length) void flow.fitBounds(getNodesBounds(nodes), { padding: 1.6, duration: 240 });
    },
    [flow, select],
  );

  /** Adds a step: into an edge, at a place, or after the selected step. */
  const add = useCallback(
    (kind: StepKind, where: { edgeId?: string; position?: Position } = {}) => {
      if (kind.event && triggerOf(draft.document.graph)) {
        tell("A workflow has one trigger. Select it to choose another event.");
        return;
      }
      const graph = draft.document.graph;
      const edge = edgesOf(graph).find((each) => each.id === where.edgeId);
      const target = edge && nodeById(graph, edge.target);
      if (edge && target) {
        const room = withRoomBefore(graph, target);
        const step = newStep(catalogue, graph, kind, room.place);
        edit(() => inserted(room.graph, edge.id, step));
        select(new Set([step.id]));
        return;
      }
      const source = where.position ? undefined : (one ?? lastOf(graph));
      const step = newStep(catalogue, graph, kind, where.position ?? placeAfter(graph, source));
      edit((graph) => {
        const grown = withNode(graph, step);
        const handle = source && freeHandle(graph, source.id);
        if (!source || !handle) return grown;
        return connected(grown, { source: source.id, source_handle: handle, target: step.id });
      });
      select(new Set([step.id]));
    },
    [catalogue, draft, edit, one, select, tell],
  );

  const paste = useCallback(
    (text: string) => {
      const result = pasted(draft.document.graph, text);
      if (!result) return;
      edit(() => result.graph);
      select(result.ids);
    },
    [draft, edit, select],
  );

  const remove = useCallback(
    (nodes: readonly string[], edges: readonly string[]) => {
      if (nodes.length || edges.length) edit((graph) => without(graph, nodes, edges));
    },
    [edit],
  );

  // Each of these stays the same while a step is dragged, or the whole canvas would be set up anew.
  const isValid = useCallback(
    (connection: Connection | WayEdge) => refusal(draft.document.graph, wayOf(connection)) === null,
    [draft],
  );
  const onConnect = useCallback(
    (connection: Connection) => edit((graph) => connected(graph, wayOf(connection))),
    [edit],
  );
  const onBeforeDelete = useCallback(
    ({ nodes, edges }: { nodes: StepNode[]; edges: WayEdge[] }) => {
      remove(nodes.map((node) => node.id), edges.map((edge) => edge.id));
      return Promise.resolve(false);
    },
    [remove],
  );
  const onJump = useCallback((id: string) => show(new Set([id])), [show]);
  const onDuplicate = useCallback(
    () => paste(copied(draft.document.graph, selected) ?? ""),
    [draft, paste, selected],
  );

  useClipboard(frame, isReadOnly, {
    copy: () => copied(draft.document.graph, selected),
    cut: () => remove([...selected], []),
    paste,
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (isTyping(event.target) || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) draft.undo();
    else if (key === "y" || (key === "z" && event.shiftKey)) draft.redo();
    else if (key === "a") select(new Set(nodesOf(graph).map((node) => node.id)));
    else if (key === "d" && !isReadOnly) paste(copied(graph, selected) ?? "");
    else return;
    event.preventDefault();
  };

  const onDrop = (event: DragEvent) => {
    const text = event.dataTransfer.getData(DRAGGED);
    if (!text || isReadOnly) return;
    event.preventDefault();
    const over = (event.target as Element).closest<SVGElement>(".react-flow__edge");
    const at = flow.screenToFlowPosition({ x: event.clientX - 120, y: event.clientY - 36 });
    const position = { x: Math.round(at.x), y: Math.round(at.y) };
    add(JSON.parse(text) as StepKind, { position, ...(over?.dataset["id"] ? { edgeId: over.dataset["id"] } : {}) });
  };

  const tidy = () => {
    edit(tidied);
    requestAnimationFrame(() => void flow.fitView({ duration: 240, maxZoom: 1, padding: 0.18 }));
  };

  return (
    // Keys that are not typed into a field belong to the whole editor.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="editor" ref={frame} onKeyDown={onKeyDown}>
      {!isReadOnly && <Palette catalogue={catalogue} hasTrigger={triggerOf(graph) !== undefined} onAdd={add} />}
      <div
        className="editor__canvas"
        role="application"
        aria-label="Canvas: arrow keys move the selected step, Delete removes it"
        onDragOver={(event) => {
          if (event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
        }}
        onDrop={onDrop}
      >
        <Inserts catalogue={catalogue} isReadOnly={isReadOnly} onInsert={(edgeId, kind) => add(kind, { edgeId })}>
          <Canvas
            isReadOnly={isReadOnly}
            nodes={drawn.nodes}
            edges={drawn.edges}
            onNodesChange={drawn.onNodesChange}
            onEdgesChange={drawn.onEdgesChange}
            isValid={isValid}
            onConnect={onConnect}
            onBeforeDelete={onBeforeDelete}
          />
        </Inserts>
        {nodesOf(graph).length === 0 && !isReadOnly && <FirstStep catalogue={catalogue} onAdd={add} />}
        {!isReadOnly && (
          <div className="editor__tools" role="toolbar" aria-label="Drawing">
            <IconButton
              label="Undo"
              keys="Ctrl Z"
              icon={<Undo2 size={17} />}
              isDisabled={state.history.past.length === 0}
              onPress={() => draft.undo()}
            />
            <IconButton
              label="Redo"
              keys="Ctrl Y"
              icon={<Redo2 size={17} />}
              isDisabled={state.history.future.length === 0}
              onPress={() => draft.redo()}
            />
            <IconButton label="Tidy up" icon={<WandSparkles size={17} />} onPress={tidy} />
          </div>
        )}
      </div>
      <aside className="panel" aria-label={one ? "Step" : "Workflow"}>
        {one ? (
          <StepPanel
            catalogue={catalogue}
            graph={graph}
            node={one}
            problems={placed.byNode.get(one.id) ?? NO_PROBLEMS}
            isReadOnly={isReadOnly}
            onEdit={edit}
            onDuplicate={onDuplicate}
          />
        ) : (
          <>
            {selected.size > 1 && (
              <p className="panel__hint">
                <MousePointerClick size={16} aria-hidden /> {selected.size} steps selected. Drag, copy or delete them
                together.
              </p>
            )}
            {selectedEdges.length > 0 && (
              <p className="panel__hint">
                <MousePointerClick size={16} aria-hidden /> A connection is selected. Delete removes it.
              </p>
            )}
            <Problems
              graph={graph}
              problems={state.problems}
              placed={placed}
              isChecked={state.isChecked}
              onJump={onJump}
            />
            <Field label="Description" isOptional help="What the workflow is for; shown in the list">
              {(input) => (
                <textarea
                  {...input}
                  className="input"
                  maxLength={4000}
                  readOnly={isReadOnly}
                  value={description}
                  onChange={({ target }) =>
                    draft.edit((document) => ({ ...document, description: target.value }), "description")
                  }
                />
              )}
            </Field>
          </>
        )}
      </aside>
    </div>
  );
}

interface InsertsProps {
  catalogue: Catalogue;
  isReadOnly: boolean;
  onInsert: (edgeId: string, kind: StepKind) => void;
  children: React.ReactNode;
}

/** One choice of steps for the buttons of all edges. */
function Inserts({ catalogue, isReadOnly, onInsert, children }: InsertsProps) {
  const [open, setOpen] = useState<string | null>(null);
  const anchor = useRef<HTMLElement | null>(null);
  const onOpen = useCallback((edgeId: string, at: HTMLElement) => {
    anchor.current = at;
    setOpen(edgeId);
  }, []);
  return (
    <InsertContext value={isReadOnly ? null : onOpen}>
      {children}
      <Popover
        className="popover inserts"
        triggerRef={anchor}
        isOpen={open !== null}
        onOpenChange={() => setOpen(null)}
        aria-label="Step to insert"
      >
        {stepKinds(catalogue).map(({ title, kinds }) => (
          <section key={title}>
            <h4>{title}</h4>
            {kinds.map((kind) => (
              <button
                key={kind.type}
                type="button"
                className="palette__item"
                onClick={() => {
                  if (open) onInsert(open, kind);
                  setOpen(null);
                }}
              >
                <StepSign type={kind.type} size={14} />
                {kind.title}
              </button>
            ))}
          </section>
        ))}
      </Popover>
    </InsertContext>
  );
}

function FirstStep({ catalogue, onAdd }: { catalogue: Catalogue; onAdd: (kind: StepKind) => void }) {
  return (
    <div className="first-step">
      <div className="first-step__head">
        <span className="chip chip--violet" aria-hidden>
          <Zap size={16} />
        </span>
        <h2>What starts the workflow?</h2>
        <p className="muted">Choose the event. You can change it later.</p>
      </div>
      <div className="first-step__choices">
        {triggerKinds(catalogue).map((kind) => (
          <button key={kind.title} type="button" className="first-step__choice" onClick={() => onAdd(kind)}>
            <EventIcon event={kind.title} size={18} />
            <strong>{kind.title}</strong>
            <span className="muted small">{kind.description}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

interface ClipboardActions {
  copy: () => string | null;
  cut: () => void;
  paste: (text: string) => void;
}

/** Copies, cuts and pastes steps by the browser's own events, so that no permission is asked. */
function useClipboard(
  frame: React.RefObject<HTMLElement | null>,
  isReadOnly: boolean,
  { copy, cut, paste }: ClipboardActions,
): void {
  useEffect(() => {
    const isOurs = (target: EventTarget | null) =>
      !isTyping(target) &&
      (target === document.body || (target instanceof Node && frame.current?.contains(target) === true));
    const onCopy = (event: ClipboardEvent) => {
      const text = isOurs(event.target) && !getSelection()?.toString() ? copy() : null;
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut" && !isReadOnly) cut();
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!isReadOnly && isOurs(event.target)) paste(event.clipboardData?.getData("text/plain") ?? "");
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

function wayOf(connection: Connection | WayEdge): Way {
  return {
    source: connection.source,
    source_handle: connection.sourceHandle ?? "out",
    target: connection.target,
  };
}

/** Returns the way out that a new step is connected to: the first free one that is no error's. */
function freeHandle(graph: Graph, id: string): string | undefined {
  const node = nodeById(graph, id);
  if (!node) return undefined;
  const handles = handlesOf(node).filter((handle) => handle.kind !== "error");
  const isFree = (handle: string) =>
    !edgesOf(graph).some((edge) => edge.source === id && edge.source_handle === handle);
  return (handles.find((handle) => isFree(handle.id)) ?? handles[0])?.id;
}

function lastOf(graph: Graph) {
  return nodesOf(graph).at(-1);
}
