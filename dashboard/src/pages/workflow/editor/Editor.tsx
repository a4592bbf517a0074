// The editor: palette, canvas and panel over one draft.
import { getNodesBounds, ReactFlowProvider, useReactFlow, type Connection, type OnConnectEnd } from "@xyflow/react";
import { useCallback, useMemo, useRef, useState, useSyncExternalStore, type DragEvent } from "react";
import { Boundary } from "../../../components/Boundary";
import { useToasts } from "../../../components/toasts";
import { placed as withPlaces } from "../../../core/canvas";
import { handlesOf, type Catalogue } from "../../../core/catalogue";
import { copied, pasted } from "../../../core/clipboard";
import { connectionProblem, type EdgeEnds } from "../../../core/connect";
import type { Draft, DraftState } from "../../../core/draft";
import { connected, inserted, withNode, without } from "../../../core/edit";
import { NOTHING_WORKED_ON, shownByNow } from "../../../core/held";
import { edgesOf, nodeById, nodesOf, notesOf, triggerOf, type Graph, type Position } from "../../../core/graph";
import { placeAfter, withRoomBefore } from "../../../core/layout";
import { changedNote, newNote, sideWithin, HEIGHT, WIDTH, withNote } from "../../../core/notes";
import { placedProblems, type Problem } from "../../../core/problems";
import { laidOut } from "../../../core/unplaced";
import { Canvas, FIT } from "../canvas/Canvas";
import { useCanvas, type FlowNode, type Marks, type StepEdge } from "../canvas/flow";
import type { InsertAt } from "../canvas/inserting";
import { SizeNoteContext, type Sized } from "../canvas/NoteNodeView";
import { VocabularyProvider } from "../Vocabulary";
import { FirstStep } from "./FirstStep";
import { Inserts } from "./Inserts";
import { useClipboard, useKeys } from "./keys";
import { NotePanel } from "./NotePanel";
import { Palette } from "./Palette";
import { edgeAt, inSight, reveal, topOf } from "./sight";
import { StepPanel, type EditGraph } from "./StepPanel";
import { DRAGGED, newStep, type StepKind } from "./steps";
import { tidyPlaces } from "./tidying";
import { Tools } from "./Tools";
import { WorkflowPanel } from "./WorkflowPanel";
import "../form/form.css";
import "./editor.css";

/** Where a step is added: into an edge, after an output, or at a place. */
interface Where extends Partial<InsertAt> {
  position?: Position;
}

const MAP_FROM = 6;

/** Here the canvas comes before the palette, as in editor.css. */
const LOW = "(max-width: 1100px) and (max-height: 600px)";

const NO_PROBLEMS: readonly Problem[] = [];

interface EditorProps {
  workflowId: string;
  draft: Draft;
  state: DraftState;
  catalogue: Catalogue;
  isReadOnly: boolean;
  /** Whether publishing was asked for: then every problem shows. */
  isAsked: boolean;
  /** The step that the address names: it is selected when the editor opens. */
  stepId: string | null;
}

export function Editor(props: EditorProps) {
  return (
    <ReactFlowProvider>
      <VocabularyProvider catalogue={props.catalogue}>
        <Workbench {...props} />
      </VocabularyProvider>
    </ReactFlowProvider>
  );
}

function Workbench({ workflowId, draft, state, catalogue, isReadOnly, isAsked, stepId }: EditorProps) {
  const graph = laidOut(state.history.present.graph);
  const flow = useReactFlow<FlowNode, StepEdge>();
  const { report, reportFailure } = useToasts();
  const frame = useRef<HTMLDivElement>(null);
  const isLow = useSyncExternalStore(watchLow, () => matchMedia(LOW).matches);
  const [isDropping, setDropping] = useState(false);
  const [isTidying, setTidying] = useState(false);
  const [worked, setWorked] = useState(NOTHING_WORKED_ON);
  const [newId, setNewId] = useState<string | null>(null);
  const shown = useMemo(
    () => shownByNow(state.problems, isAsked ? { ...worked, isNew: false } : worked),
    [state.problems, worked, isAsked],
  );
  const placed = useMemo(() => placedProblems(shown), [shown]);
  const marks = useMemo<Marks>(() => ({ problems: placed.byNode }), [placed]);
  // What is laid out is kept with the operator's next change only.
  const edit: EditGraph = useCallback(
    (edited, kind) =>
      draft.editGraph((stored) => {
        const shown = laidOut(stored);
        const changed = edited(shown);
        return changed === shown ? stored : changed;
      }, kind ?? null),
    [draft],
  );
  const onMoved = useCallback(
    (places: { id: string; position: Position }[]) => edit((graph) => withPlaces(graph, places)),
    [edit],
  );
  const canvas = useCanvas(graph, marks, onMoved, stepId);
  const { selected, select } = canvas;
  const [only] = selected.size === 1 ? selected : [];
  const one = nodeById(graph, only);
  const note = notesOf(graph).find(({ id }) => id === only);
  if (worked.nodeId !== (one?.id ?? null)) {
    setWorked({ ...NOTHING_WORKED_ON, nodeId: one?.id ?? null, isNew: one?.id === newId });
    if (worked.isNew) setNewId(null);
  }
  const onTyped = useCallback((path: string | null) => setWorked((was) => ({ ...was, typing: path })), []);
  const onLeft = useCallback(
    (path: string) => setWorked((was) => ({ ...was, typing: null, left: new Set([...was.left, path]) })),
    [],
  );
  const selectedEdges = canvas.edges.filter((edge) => edge.selected).map((edge) => edge.id);

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
    (kind: StepKind, where: Where = {}) => {
      if (kind.event && triggerOf(draft.document.graph)) {
        report("A workflow has one trigger. Select it to choose another event.");
        return;
      }
      const graph = laidOut(draft.document.graph);
      const edge = edgesOf(graph).find((each) => each.id === where.edgeId);
      const target = edge && nodeById(graph, edge.target);
      if (edge && target) {
        const room = withRoomBefore(graph, target);
        const step = newStep(catalogue, graph, kind, room.place);
        edit(() => inserted(room.graph, edge.id, step));
        select(new Set([step.id]));
        setNewId(step.id);
        reveal(flow, frame.current, room.place, nodeById(room.graph, edge.source)?.position);
        return;
      }
      const after = where.after && nodeById(graph, where.after.source);
      const source = where.position ? undefined : (after ?? one ?? lastOf(graph));
      const handle = source && (where.after?.handle ?? freeHandle(graph, source.id));
      const place = where.position ?? (source ? placeAfter(graph, source, handle) : topOf(flow, frame.current));
      const step = newStep(catalogue, graph, kind, place);
      edit((graph) => {
        const grown = withNode(graph, step);
        if (!source || !handle) return grown;
        return connected(grown, { source: source.id, source_handle: handle, target: step.id });
      });
      select(new Set([step.id]));
      setNewId(step.id);
      reveal(flow, frame.current, place, source?.position);
    },
    [catalogue, draft, edit, flow, one, select, report],
  );

  const addNote = () => {
    const added = newNote(graph, inSight(flow, frame.current));
    edit((graph) => withNote(graph, added));
    select(new Set([added.id]));
    setNewId(added.id);
    reveal(flow, frame.current, added.position);
  };
  const onSized = useCallback(
    (id: string, { position: { x, y }, width, height }: Sized) =>
      edit((graph) =>
        changedNote(graph, id, {
          position: { x: Math.round(x), y: Math.round(y) },
          width: sideWithin(width, WIDTH),
          height: sideWithin(height, HEIGHT),
        }),
      ),
    [edit],
  );

  const paste = useCallback(
    (text: string) => {
      const result = pasted(laidOut(draft.document.graph), text);
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

  // Each of these stays the same while a step is dragged, or the whole canvas would be set up again.
  const isValid = useCallback(
    (connection: Connection | StepEdge) => connectionProblem(draft.document.graph, edgeOf(connection)) === null,
    [draft],
  );
  const onConnect = useCallback(
    (connection: Connection) => edit((graph) => connected(graph, edgeOf(connection))),
    [edit],
  );
  const onConnectEnd = useCallback<OnConnectEnd>(
    (_, { fromHandle, toHandle, isValid }) => {
      const isRejected = fromHandle && toHandle && isValid === false;
      if (!isRejected || (toHandle.nodeId === fromHandle.nodeId && toHandle.id === fromHandle.id)) return;
      const [source, target] = fromHandle.type === "source" ? [fromHandle, toHandle] : [toHandle, fromHandle];
      const edge = { source: source.nodeId, source_handle: source.id ?? "out", target: target.nodeId };
      reportFailure(new Error(connectionProblem(draft.document.graph, edge) ?? "Drag from a step's output to the next step."));
    },
    [draft, reportFailure],
  );
  const onBeforeDelete = useCallback(
    ({ nodes, edges }: { nodes: FlowNode[]; edges: StepEdge[] }) => {
      remove(nodes.map((node) => node.id), edges.map((edge) => edge.id));
      return Promise.resolve(false);
    },
    [remove],
  );
  const onJump = useCallback((id: string) => show(new Set([id])), [show]);
  const onDuplicate = useCallback(
    () => paste(copied(laidOut(draft.document.graph), selected) ?? ""),
    [draft, paste, selected],
  );

  useClipboard(frame, isReadOnly, {
    copy: () => copied(laidOut(draft.document.graph), selected),
    cut: () => remove([...selected], []),
    paste,
  });

  useKeys(frame, (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) draft.undo();
    else if (key === "y" || (key === "z" && event.shiftKey)) draft.redo();
    else if (key === "a") select(new Set([...nodesOf(graph), ...notesOf(graph)].map(({ id }) => id)));
    else if (key === "d" && !isReadOnly) paste(copied(graph, selected) ?? "");
    else return;
    event.preventDefault();
  });

  const onDrop = (event: DragEvent) => {
    const text = event.dataTransfer.getData(DRAGGED);
    if (!text || isReadOnly) return;
    event.preventDefault();
    setDropping(false);
    const edgeId = edgeAt(event.clientX, event.clientY);
    const at = flow.screenToFlowPosition({ x: event.clientX - 120, y: event.clientY - 36 });
    const position = { x: Math.round(at.x), y: Math.round(at.y) };
    add(JSON.parse(text) as StepKind, { position, ...(edgeId ? { edgeId } : {}) });
  };

  const tidy = async () => {
    setTidying(true);
    try {
      const places = await tidyPlaces(laidOut(draft.document.graph));
      edit((graph) => withPlaces(graph, places));
      requestAnimationFrame(() => void flow.fitView(FIT));
    } catch (error) {
      reportFailure(error);
    } finally {
      setTidying(false);
    }
  };

  const palette = !isReadOnly && (
    <Palette
      catalogue={catalogue}
      hasTrigger={triggerOf(graph) !== undefined}
      hasMap={nodesOf(graph).length >= MAP_FROM}
      onAdd={add}
    />
  );
  return (
    <div className="editor" ref={frame}>
      {!isLow && palette}
      <div
        className={isDropping ? "editor__canvas editor__canvas--dropping" : "editor__canvas"}
        role="application"
        aria-label="Canvas: arrow keys move the selected step, Delete removes it"
        onDragOver={(event) => {
          if (isReadOnly || !event.dataTransfer.types.includes(DRAGGED)) return;
          event.preventDefault();
          setDropping(true);
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDropping(false);
        }}
        onDrop={onDrop}
      >
        <SizeNoteContext value={isReadOnly ? null : onSized}>
          <Inserts catalogue={catalogue} isReadOnly={isReadOnly} onInsert={(where, kind) => add(kind, where)}>
            <Canvas
              isReadOnly={isReadOnly}
              tools={!isReadOnly && <Tools draft={draft} history={state.history} isTidying={isTidying} onTidy={() => void tidy()} onNote={addNote} />}
              nodes={canvas.nodes}
              edges={canvas.edges}
              onNodesChange={canvas.onNodesChange}
              onEdgesChange={canvas.onEdgesChange}
              isValid={isValid}
              onConnect={onConnect}
              onConnectEnd={onConnectEnd}
              onBeforeDelete={onBeforeDelete}
            />
          </Inserts>
        </SizeNoteContext>
        {nodesOf(graph).length === 0 && !isReadOnly && <FirstStep catalogue={catalogue} onAdd={add} />}
      </div>
      {isLow && palette}
      <aside className="panel" aria-label={one ? "Step" : note ? "Note" : "Workflow"}>
        {one ? (
          <Boundary address={one.id}>
            <StepPanel
              workflowId={workflowId}
              draft={draft}
              catalogue={catalogue}
              graph={graph}
              node={one}
              problems={placed.byNode.get(one.id) ?? NO_PROBLEMS}
              isReadOnly={isReadOnly}
              onTyped={onTyped}
              onLeft={onLeft}
              onEdit={edit}
              onDuplicate={onDuplicate}
            />
          </Boundary>
        ) : note ? (
          <NotePanel
            key={note.id}
            note={note}
            isNew={note.id === newId}
            isReadOnly={isReadOnly}
            onEdit={edit}
            onDuplicate={onDuplicate}
          />
        ) : (
          <WorkflowPanel
            draft={draft}
            state={state}
            isBegun={isAsked || nodesOf(graph).length > 0}
            placed={placed}
            selectedSteps={selected.size}
            selectedEdges={selectedEdges.length}
            isReadOnly={isReadOnly}
            onJump={onJump}
          />
        )}
      </aside>
    </div>
  );
}

function watchLow(onChange: () => void): () => void {
  const low = matchMedia(LOW);
  low.addEventListener("change", onChange);
  return () => low.removeEventListener("change", onChange);
}

function edgeOf(connection: Connection | StepEdge): EdgeEnds {
  return {
    source: connection.source,
    source_handle: connection.sourceHandle ?? "out",
    target: connection.target,
  };
}

/** Returns the output that a new step is connected to: the first free one that is not for errors. */
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
