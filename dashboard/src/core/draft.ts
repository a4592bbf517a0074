// The draft under an operator's hands: changes with undo, saves by itself, checks by itself.
import type { Graph } from "./graph";
import { begin, change, redo, undo, type History } from "./history";
import type { Problem } from "./problems";

/** What is saved of a workflow. */
export interface Document {
  name: string;
  description: string;
  tags: readonly string[];
  graph: Graph;
}

/** How far the stored draft is behind: `stale` means that somebody else saved first. */
export type Saving = "saved" | "waiting" | "saving" | "failed" | "stale";

export interface DraftState {
  history: History<Document>;
  revision: number;
  saving: Saving;
  /** Why the last save failed. */
  failure: unknown;
  problems: readonly Problem[];
  /** Whether `problems` are those of the graph as it is now. */
  isChecked: boolean;
}

/** What a draft asks of the outside. */
export interface DraftPorts {
  save: (document: Document, revision: number) => Promise<{ revision: number }>;
  check: (graph: Graph, signal: AbortSignal) => Promise<readonly Problem[]>;
  isStale: (error: unknown) => boolean;
  /** Whether trying again in a moment may help. */
  isPassing: (error: unknown) => boolean;
  /** Called when another call than a save came after somebody else's save. */
  onOvertaken: () => void;
}

export const SAVE_AFTER_MS = 900;
export const CHECK_AFTER_MS = 350;
const RETRY_AFTER_MS = 5_000;

export class Draft {
  #state: DraftState;
  /** What is stored, as far as it is known: null once it is to be overwritten. */
  #stored: Document | null;
  #listeners = new Set<() => void>();
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  #checking: AbortController | undefined;
  /** Ends when the last of the calls that change the stored workflow has. */
  #lastTurn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(
    document: Document,
    revision: number,
    private readonly ports: DraftPorts,
    private readonly isEditable: boolean,
  ) {
    this.#stored = document;
    this.#state = {
      history: begin(document),
      revision,
      saving: "saved",
      failure: null,
      problems: [],
      isChecked: false,
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): DraftState => this.#state;

  get document(): Document {
    return this.#state.history.present;
  }

  /** Checks the graph as it was opened. */
  open(): void {
    this.#isClosed = false;
    this.#checkSoon(0);
  }

  /**
   * Stops all timers, and saves at once what waits for it.
   *
   * @returns When no save is in progress; what could not be saved has to be kept elsewhere.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#checkTimer);
    clearTimeout(this.#saveTimer);
    this.#checking?.abort();
    const { saving } = this.#state;
    if (saving === "waiting" || saving === "saving") await this.flush();
  }

  /** Changes the document; see `history.change` for `kind`. */
  edit(edited: (document: Document) => Document, kind: string | null = null): void {
    if (!this.isEditable) return;
    this.#move(change(this.#state.history, edited(this.document), kind));
  }

  editGraph(edited: (graph: Graph) => Graph, kind: string | null = null): void {
    this.edit((document) => {
      const graph = edited(document.graph);
      return graph === document.graph ? document : { ...document, graph };
    }, kind);
  }

  undo(): void {
    this.#move(undo(this.#state.history));
  }

  redo(): void {
    this.#move(redo(this.#state.history));
  }

  /** Continues an unsaved draft of an earlier revision; a save since then shows. */
  resume(document: Document, revision: number): void {
    this.#set({ revision });
    this.edit(() => document);
  }

  /** Takes what somebody else saved in the place of what is here. */
  replace(document: Document, revision: number): void {
    clearTimeout(this.#saveTimer);
    this.#stored = document;
    this.#set({ history: begin(document), revision, saving: "saved", failure: null });
    this.#checkSoon(0);
  }

  /** Saves what is here over what somebody else saved, which `revision` names. */
  async overwrite(revision: number): Promise<void> {
    this.#stored = null;
    this.#set({ revision, saving: "waiting" });
    await this.flush();
  }

  /** Saves now if there is anything to save; returns when no save is in progress. */
  async flush(): Promise<void> {
    await this.#inTurn(() => this.#save());
  }

  /**
   * Saves what there is to save.
   *
   * @throws unknown What keeps the draft from being saved.
   */
  async store(): Promise<void> {
    await this.#inTurn(() => this.#saveSurely());
  }

  /**
   * Changes the stored workflow by another call than a save, such as publishing.
   *
   * It comes after what there is to save, and before what is changed meanwhile: each names the
   * revision that the one before it made.
   *
   * @throws unknown What keeps the draft from being saved, or why the call failed.
   */
  async change<T extends { revision: number }>(call: (revision: number) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#saveSurely();
      try {
        const answer = await call(this.#state.revision);
        this.#set({ revision: answer.revision });
        return answer;
      } catch (error) {
        if (this.ports.isStale(error)) this.ports.onOvertaken();
        throw error;
      }
    });
  }

  /** Does something once all that began before it has ended. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  async #saveSurely(): Promise<void> {
    await this.#save();
    const { saving, failure } = this.#state;
    if (saving === "failed" || saving === "stale") throw failure;
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    if (this.#state.saving === "stale") return;
    const document = this.document;
    if (document === this.#stored) {
      this.#set({ saving: "saved", failure: null });
      return;
    }
    this.#set({ saving: "saving", failure: null });
    try {
      const { revision } = await this.ports.save(document, this.#state.revision);
      this.#stored = document;
      const isBehind = this.document !== document;
      this.#set({ revision, saving: isBehind ? "waiting" : "saved" });
      if (isBehind) this.#saveSoon(SAVE_AFTER_MS);
    } catch (failure) {
      this.#set({ saving: this.ports.isStale(failure) ? "stale" : "failed", failure });
      // What will not pass waits for the next change.
      if (this.ports.isPassing(failure)) this.#saveSoon(RETRY_AFTER_MS);
    }
  }

  #move(history: History<Document>): void {
    if (history === this.#state.history) return;
    const graphChanged = history.present.graph !== this.document.graph;
    const { saving } = this.#state;
    this.#set({ history, saving: saving === "stale" || saving === "saving" ? saving : "waiting" });
    if (saving !== "stale") this.#saveSoon(SAVE_AFTER_MS);
    if (graphChanged) this.#checkSoon(CHECK_AFTER_MS);
  }

  #saveSoon(ms: number): void {
    clearTimeout(this.#saveTimer);
    if (!this.#isClosed) this.#saveTimer = setTimeout(() => void this.flush(), ms);
  }

  #checkSoon(ms: number): void {
    clearTimeout(this.#checkTimer);
    this.#checking?.abort();
    this.#set({ isChecked: false });
    this.#checkTimer = setTimeout(() => void this.#check(), ms);
  }

  async #check(): Promise<void> {
    const checking = new AbortController();
    this.#checking = checking;
    try {
      const problems = await this.ports.check(this.document.graph, checking.signal);
      if (!checking.signal.aborted) this.#set({ problems, isChecked: true });
    } catch {
      // The next change checks again; a save that fails is reported on its own.
    }
  }

  #set(part: Partial<DraftState>): void {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }
}
