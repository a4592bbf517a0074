// Where the canvas offers to add a step: in an edge, and after an output that leads nowhere.
import { createContext } from "react";

export interface InsertAt {
  edgeId?: string;
  after?: { source: string; handle: string };
}

/** Opens the choice of steps to add there; null where nothing may be changed. */
export const InsertContext = createContext<((where: InsertAt, at: HTMLElement) => void) | null>(null);
