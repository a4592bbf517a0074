// The draft under an operator's hands: changes with undo, saves by itself, checks by itself.
import type { Graph } from "./graph";
import { begin, change, redo, undo, type History } from "./history";
import type { Problem } from "./problems";

/** What is saved of a workflow. */
export interface Document {
  name: string;
  description: string;
  graph: Graph;
}

/** How far the stored draft is behind: `stale` means that somebody else saved first. */
export type Saving = "saved" | "waiting" | "saving" | "failed" | "stale";

export interface DraftState {
  history: History<Document>;
  etag: string;
  saving: Saving;
  /** Why the last save failed. */
  failure: unknown;
  problems: readonly Problem[];
  /** Whether `problems` are those of the drawing as it is now. */
  isChecked: boolean;
}

/** What a draft asks of the outside. */
export interface DraftPorts {
  save: (document: Document, etag: string) => Promise<{ etag: string }>;
  check: (graph: Graph, signal: AbortSignal) => Promise<readonly Problem[]>;
  isStale: (error: unknown) => boolean;
}

export const SAVE_AFTER_MS = 900;
export const CHECK_AFTER_MS = 350;
const RETRY_AFTER_MS = 5_000;

export class Draft {
  #state: DraftState;
  #stored: Document;
  #listeners = new Set<() => void>();
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  #checking: AbortController | undefined;
  #inFlight: Promise<void> | null = null;

  constructor(
    document: Document,
    etag: string,
    private readonly ports: DraftPorts,
    private readonly isEditable: boolean,
  ) {
    this.#stored = document;
    this.#state = {
      history: begin(document),
      etag,
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

  /** Checks the drawing as it was opened. */
  open(): void {
    this.#checkSoon(0);
  }

  /** Stops all timers, and saves at once what is not saved yet. */
  close(): void {
    clearTimeout(this.#checkTimer);
    this.#checking?.abort();
    if (this.#state.saving === "waiting") void this.flush();
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

  /** Goes on with what was drawn upon an earlier revision and not saved; a save since then shows. */
  resume(document: Document, etag: string): void {
    this.#set({ etag });
    this.edit(() => document);
  }

  /** Takes the stored revision that another call, such as publishing, has made. */
  stored(etag: string): void {
    this.#set({ etag });
  }

  /** Takes what somebody else saved in the place of what is here. */
  replace(document: Document, etag: string): void {
    clearTimeout(this.#saveTimer);
    this.#stored = document;
    this.#set({ history: begin(document), etag, saving: "saved", failure: null });
    this.#checkSoon(0);
  }

  /** Saves what is here over what somebody else saved, which `etag` names. */
  async overwrite(etag: string): Promise<void> {
    this.#set({ etag, saving: "waiting" });
    await this.flush();
  }

  /** Saves now if there is anything to save; returns when nothing is on its way any more. */
  async flush(): Promise<void> {
    clearTimeout(this.#saveTimer);
    // Again and again: of two that waited for one save, the second waits for the first one's.
    while (this.#inFlight) await this.#inFlight;
    if (this.#state.saving === "stale") return;
    if (this.document === this.#stored) {
      this.#set({ saving: "saved" });
      return;
    }
    this.#inFlight = this.#save().finally(() => (this.#inFlight = null));
    await this.#inFlight;
  }

  /**
   * Saves what there is to save, and returns the stored revision's ETag.
   *
   * @throws unknown What keeps the draft from being saved.
   */
  async store(): Promise<string> {
    await this.flush();
    const { saving, failure } = this.#state;
    if (saving === "failed" || saving === "stale") throw failure;
    return this.#state.etag;
  }

  async #save(): Promise<void> {
    const document = this.document;
    this.#set({ saving: "saving", failure: null });
    try {
      const { etag } = await this.ports.save(document, this.#state.etag);
      this.#stored = document;
      const isBehind = this.document !== document;
      this.#set({ etag, saving: isBehind ? "waiting" : "saved" });
      if (isBehind) this.#saveSoon(SAVE_AFTER_MS);
    } catch (failure) {
      if (this.ports.isStale(failure)) {
        this.#set({ saving: "stale", failure });
      } else {
        this.#set({ saving: "failed", failure });
        this.#saveSoon(RETRY_AFTER_MS);
      }
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
    this.#saveTimer = setTimeout(() => void this.flush(), ms);
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
      // The next change checks again; a save that fails is told on its own.
    }
  }

  #set(part: Partial<DraftState>): void {
    this.#state = { ...this.#state, ...part };
    for (const listener of this.#listeners) listener();
  }
}
