// Imports bookings that exist already: a file is chosen, read and checked before anything is imported.
import { FileUp } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { Button } from "../../components/Button";
import { Page } from "../../components/Page";
import { Notice } from "../../components/Notice";
import { Loading } from "../../components/States";
import { encodingOf, formOf, MOST_BYTES, sheetOf, textOf, type Encoding, type Form, type Sheet } from "../../core/imports/file";
import { guessed, type Mapping } from "../../core/imports/mapping";
import { useCurrentLocation } from "../../currentLocation";
import { messageOf } from "../../api/problem";
import { CheckedFile } from "./CheckedFile";
import { ImportProgress } from "./ImportProgress";
import { LatestImports } from "./LatestImports";
import { MappingForm } from "./MappingForm";
import "./imports.css";

/** A file as it is read at the moment. */
export interface OpenFile {
  name: string;
  bytes: Uint8Array;
  encoding: Encoding;
  form: Form;
  sheet: Sheet;
  mapping: Mapping;
  /** When it was last changed (RFC 3339). */
  changedAt: string;
}

export default function ImportPage({ id }: { id: string | null }) {
  const { path, may } = useCurrentLocation();
  const [file, setFile] = useState<OpenFile | null>(null);
  const [isChecking, setChecking] = useState(false);
  const [isReading, setReading] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const read = async (open: () => Promise<OpenFile>) => {
    setReading(true);
    setError(null);
    try {
      setFile(await open());
    } catch (caught) {
      setError(caught);
    }
    setReading(false);
  };
  return (
    <Page
      trail={["Dashboard", <Link key="bookings" href={path("/bookings")}>Bookings</Link>]}
      title="Import bookings"
      about="Bring in the bookings that exist already. Nobody is written to by it."
    >
      {id !== null ? (
        <ImportProgress id={id} />
      ) : !may("editor") ? (
        <>
          <Notice>Editors and admins import bookings. Ask one of them.</Notice>
          <LatestImports />
        </>
      ) : (
        <div className="import">
          {error != null && <Notice tone="bad">{messageOf(error)}</Notice>}
          {isReading && <Loading what="the file" />}
          {!file && !isReading && (
            <>
              <FileChooser onFile={(chosen) => void read(() => opened(chosen))} />
              <LatestImports />
            </>
          )}
          {file && !isReading && !isChecking && (
            <MappingForm
              file={file}
              onMapping={(mapping) => setFile({ ...file, mapping })}
              onReadAs={(encoding, form) => void read(() => reopened(file, encoding, form))}
              onOther={() => setFile(null)}
              onCheck={() => setChecking(true)}
            />
          )}
          {file && isChecking && <CheckedFile file={file} onBack={() => setChecking(false)} />}
        </div>
      )}
    </Page>
  );
}

async function opened(chosen: File): Promise<OpenFile> {
  if (chosen.size > MOST_BYTES) throw new Error(`${chosen.name} is larger than 100 MB. Split it into several files.`);
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  const encoding = encodingOf(bytes);
  const text = textOf(bytes, encoding);
  const form = formOf(text);
  const sheet = await sheetOf(text, form);
  const changedAt = new Date(Math.min(chosen.lastModified, Date.now())).toISOString();
  return { name: chosen.name, bytes, encoding, form, sheet, mapping: guessed(sheet), changedAt };
}

async function reopened(file: OpenFile, encoding: Encoding, form: Form): Promise<OpenFile> {
  const sheet = await sheetOf(textOf(file.bytes, encoding), form);
  return { ...file, encoding, form, sheet, mapping: guessed(sheet) };
}

function FileChooser({ onFile }: { onFile: (file: File) => void }) {
  const [isOver, setOver] = useState(false);
  return (
    <div
      className="card import__drop"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [dropped] = event.dataTransfer.files;
        if (dropped) onFile(dropped);
      }}
    >
      <FileUp size={28} aria-hidden />
      <label className="import__choose">
        <span className="button button--primary button--normal">Choose a file</span>
        <input
          type="file"
          className="visually-hidden"
          aria-label="File of bookings"
          accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,text/csv,application/json"
          onChange={({ target }) => {
            const [chosen] = target.files ?? [];
            if (chosen) onFile(chosen);
            target.value = "";
          }}
        />
      </label>
      <p className="muted small">
        CSV, or JSON with one booking a line; up to 100,000 bookings. Next you see what each column means and what is wrong with
        which row. Nothing is imported before you say so.
      </p>
    </div>
  );
}

/** The buttons below a step. */
export function Steps({ back, onBack, children }: { back: string; onBack: () => void; children?: React.ReactNode }) {
  return (
    <div className="import__steps">
      <Button onPress={onBack}>{back}</Button>
      {children}
    </div>
  );
}
