// Sends the rows of a file, page by page; what was sent is not sent again after a failed call.
import type { ImportRow, RowProblem } from "../core/imports/rows";
import { patiently } from "./bulk";
import { body, type Api, type Schema } from "./client";

export type BookingImport = Schema<"ImportView">;

/** What makes stale what was read of imports. */
export const IMPORTS = { meta: { changes: ["/imports"] } };

/** How far the sending of a file is. */
export interface Sending {
  importId: string;
  /** Pages that have arrived. */
  sent: number;
  problems: readonly RowProblem[];
  latest: BookingImport;
}

/**
 * Sends pages after those that `begun` has sent.
 *
 * @throws ApiError, OfflineError A page did not arrive; `onProgress` has got what did.
 */
export async function sendPages(
  api: Api,
  pages: readonly ImportRow[][],
  { asOf, begun, onProgress, signal }: { asOf: string; begun: Sending | null; onProgress: (sending: Sending) => void; signal: AbortSignal },
): Promise<Sending> {
  let sending = begun ?? (await begin(api, asOf));
  onProgress(sending);
  for (let page = sending.sent; page < pages.length && !signal.aborted; page += 1) {
    const params = { path: { import_id: sending.importId, page: page + 1 } };
    const rows = pages[page] ?? [];
    const answer = await patiently(() => body(api.PUT("/imports/{import_id}/pages/{page}", { params, body: { rows }, signal })));
    sending = { ...sending, sent: page + 1, problems: [...sending.problems, ...answer.problems], latest: answer.booking_import };
    onProgress(sending);
  }
  return sending;
}

async function begin(api: Api, asOf: string): Promise<Sending> {
  const made = await patiently(() => body(api.POST("/imports", { body: { as_of: asOf } })));
  return { importId: made.id, sent: 0, problems: [], latest: made };
}
