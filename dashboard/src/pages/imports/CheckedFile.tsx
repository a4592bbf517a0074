// Sends a file's rows, says which cannot be imported, and starts the import when the operator has seen that.
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { body } from "../../api/client";
import { IMPORTS, sendPages, type Sending } from "../../api/imports";
import { messageOf } from "../../api/problem";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { saveText } from "../../components/files";
import { count } from "../../components/format";
import { Notice } from "../../components/Notice";
import { pagesOf, rowOf, type RowProblem } from "../../core/imports/rows";
import { momentOf, wallTime } from "../../core/times";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { Steps, type OpenFile } from "./ImportPage";
import { labelOf, ProblemList } from "./ProblemList";

export function CheckedFile({ file, onBack }: { file: OpenFile; onBack: () => void }) {
  const { zone: known, path } = useCurrentLocation();
  const zone = known ?? "UTC";
  const api = useApi();
  const [, navigate] = useLocation();
  // The file's own time stays as it is until another is typed: an input shows no seconds, and not which of two equal hours.
  const [typed, setTyped] = useState<string | null>(null);
  const [runsCreated, setRunsCreated] = useState(false);
  const [sending, setSending] = useState<Sending | null>(null);
  const leaving = useRef(new AbortController());
  useEffect(() => {
    const { current } = leaving;
    return () => current.abort();
  }, []);
  const { pages, problems: own } = useMemo(() => pagesOf(file.sheet.lines.map((line) => rowOf(line, file.sheet, file.mapping))), [file]);
  const moment = typed === null ? file.changedAt : momentOf(typed, zone);
  const send = useMutation({
    mutationFn: () =>
      sendPages(api, pages, { asOf: moment ?? file.changedAt, begun: sending, onProgress: setSending, signal: leaving.current.signal }),
    meta: { changes: [] },
  });
  const start = useMutation({
    mutationFn: (importId: string) =>
      body(
        api.POST("/imports/{import_id}/start", {
          params: { path: { import_id: importId } },
          body: { pages: pages.length, left_out: own.length, run_booking_created: runsCreated },
        }),
      ),
    ...IMPORTS,
    onSuccess: ({ id }) => navigate(path(`/import/${id}`)),
  });
  const problems = [...own, ...(sending?.problems ?? [])].sort((one, other) => one.row - other.row);
  const invalid = new Set(problems.map(({ row }) => row)).size;
  const isSent = sending !== null && sending.sent === pages.length;

  if (!isSent) {
    return (
      <section className="card import__part" aria-label="Check">
        <h2>Check {count(file.sheet.lines.length, "row")}</h2>
        <p>Each row is checked before anything is imported. The rows are kept for three days at most if you do not import them.</p>
        <Field
          label="The file shows the bookings as of"
          isRequired
          help={`A time of ${zone}. What the booking system stated later stays as it is. It is when the file was last changed, unless you know better.`}
        >
          {(input) => (
            <input {...input} type="datetime-local" className="input import__moment" value={typed ?? wallTime(file.changedAt, zone)} disabled={sending !== null} onChange={({ target }) => setTyped(target.value)} />
          )}
        </Field>
        {pages.length === 0 && <Notice tone="bad">No row can be sent.</Notice>}
        {send.error && <Notice tone="bad">{messageOf(send.error)} What was sent is not sent again.</Notice>}
        {sending && (
          <div role="status">
            <progress className="progress" aria-label="Rows checked" max={pages.length} value={sending.sent} />
            <span className="muted small">
              Part {sending.sent} of {pages.length}
            </span>
          </div>
        )}
        <ProblemList problems={problems} />
        <Steps back="Back" onBack={onBack}>
          <Button look="primary" isPending={send.isPending} isDisabled={moment === null || pages.length === 0} onPress={() => send.mutate()}>
            {send.error ? "Go on checking" : "Check now"}
          </Button>
        </Steps>
      </section>
    );
  }
  const { ready, to_come: toCome } = sending.latest;
  return (
    <section className="card import__part" aria-label="Import">
      <h2>{ready ? `${count(ready, "booking")} can be imported` : "Nothing can be imported"}</h2>
      {invalid > 0 ? (
        <Notice tone="warn">
          {count(invalid, "row")} cannot be imported and {invalid === 1 ? "is" : "are"} left out. Correct {invalid === 1 ? "it" : "them"} in your file and import
          it again: what is imported already is only brought up to date.
        </Notice>
      ) : (
        <Notice tone="good">Every row can be read.</Notice>
      )}
      <ProblemList problems={problems} />
      {problems.length > 0 && (
        <div>
          <Button icon={<Download size={14} />} onPress={() => void saveProblems(file.name, problems)}>
            Save the problems
          </Button>
        </div>
      )}
      {ready > 0 && (
        <>
          <ul className="plain-list">
            <li>No workflow starts by the import, and none if the booking system sends the events of these bookings again.</li>
            <li>Reminders are planned for moments that are still to come.</li>
            <li>Bookings that Bookflow knows already are brought up to date; what was stated after the file stays.</li>
          </ul>
          <label className="import__check">
            <input type="checkbox" checked={runsCreated} disabled={toCome === 0} onChange={({ target }) => setRunsCreated(target.checked)} />
            <span>
              Also run Booking Created for {count(toCome, "visit")} still to come
              <span className="muted small"> · workflows that are on write to these guests, as for new bookings</span>
            </span>
          </label>
        </>
      )}
      {start.error && <Notice tone="bad">{messageOf(start.error)}</Notice>}
      <Steps back="Back" onBack={onBack}>
        <Button look="primary" isPending={start.isPending} isDisabled={ready === 0} onPress={() => start.mutate(sending.importId)}>
          {`Import ${count(ready, "booking")}`}
        </Button>
      </Steps>
    </section>
  );
}

async function saveProblems(name: string, problems: readonly RowProblem[]): Promise<void> {
  const { default: Papa } = await import("papaparse");
  const rows = problems.map(({ row, field, reason, remedy }) => ({ row, field: field === null ? "" : labelOf(field), problem: reason, remedy }));
  saveText(`${name.replace(/\.[^.]*$/, "")} problems.csv`, `\ufeff${Papa.unparse(rows, { escapeFormulae: true })}\r\n`, "text/csv");
}
