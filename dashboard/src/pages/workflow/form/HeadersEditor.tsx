// Edits names and values, such as HTTP headers.
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../../components/Button";
import { textOf } from "../../../core/texts";
import { placeholder, type VariableGroup } from "../../../core/variables";
import { StepVariablePicker } from "../../../components/variablePreview";

type Row = [name: string, value: string];

interface HeadersProps {
  value: unknown;
  variables: readonly VariableGroup[];
  isReadOnly: boolean;
  onChange: (value: Record<string, string> | undefined) => void;
}

export function HeadersEditor({ value, variables, isReadOnly, onChange }: HeadersProps) {
  // Rows without a name yet are kept here only, since an object cannot hold them.
  const [rows, setRows] = useState<Row[]>(() => rowsOf(value));
  const update = (next: Row[]) => {
    setRows(next);
    const named = next.filter(([name]) => name.trim() !== "");
    onChange(named.length ? Object.fromEntries(named) : undefined);
  };
  const set = (index: number, row: Row) => update(rows.map((each, at) => (at === index ? row : each)));
  return (
    <div className="headers">
      {rows.map(([name, text], index) => (
        <div className="headers__row" key={index}>
          <input
            className="input"
            aria-label="Header name"
            placeholder="X-Booking"
            readOnly={isReadOnly}
            value={name}
            onChange={(event) => set(index, [event.target.value, text])}
          />
          <input
            className="input"
            aria-label={`Value of ${name || "the header"}`}
            placeholder="Value"
            readOnly={isReadOnly}
            value={text}
            onChange={(event) => set(index, [name, event.target.value])}
          />
          {!isReadOnly && (
            <>
              <StepVariablePicker
                groups={variables}
                onPick={(variable) => set(index, [name, text + placeholder(variable)])}
                button={{
                  className: "button button--quiet button--small button--icon",
                  label: "Insert a variable",
                  content: "{ }",
                }}
              />
              <IconButton
                label="Remove"
                size="small"
                icon={<X size={14} />}
                onPress={() => update(rows.filter((_, at) => at !== index))}
              />
            </>
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button size="small" icon={<Plus size={14} />} onPress={() => setRows([...rows, ["", ""]])}>
          Add header
        </Button>
      )}
    </div>
  );
}

function rowsOf(value: unknown): Row[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, text]) => [name, textOf(text)]);
}
