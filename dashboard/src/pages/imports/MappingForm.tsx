// Says what each column of a file means, and shows the first rows as the server reads them.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { body } from "../../api/client";
import { messageOf } from "../../api/problem";
import { READS } from "../../api/queries";
import { Button } from "../../components/Button";
import { Field } from "../../components/Field";
import { count } from "../../components/format";
import { Notice } from "../../components/Notice";
import { Select } from "../../components/Select";
import { Cell, Row, Rows, Table } from "../../components/Table";
import { Time } from "../../components/Time";
import { useSettled } from "../../components/useSettled";
import { words } from "../../core/words";
import { ENCODINGS, FORMS, type Encoding, type Form } from "../../core/imports/file";
import { cell, DATE_FORMS, datesOf, FIELDS, MOST_STATUSES, STATUSES, statusesOf, type DateForm, type FieldName, type Mapping, type StatusName } from "../../core/imports/mapping";
import { missing, otherNames, rowOf, type ImportRow } from "../../core/imports/rows";
import { useApi } from "../../currentLocation";
import { Steps, type OpenFile } from "./ImportPage";
import { ProblemList } from "./ProblemList";

const SHOWN = 5;
const TYPING_MS = 300;
const STATUS_OPTIONS = STATUSES.map((status) => [status, words(status)] as const);

interface MappingFormProps {
  file: OpenFile;
  onMapping: (mapping: Mapping) => void;
  onReadAs: (encoding: Encoding, form: Form) => void;
  onOther: () => void;
  onCheck: () => void;
}

export function MappingForm({ file, onMapping, onReadAs, onOther, onCheck }: MappingFormProps) {
  const { sheet, mapping, encoding, form } = file;
  const change = (changes: Partial<Mapping>) => onMapping({ ...mapping, ...changes });
  const lacks = missing(mapping);
  const tooMany = Object.keys(mapping.statuses).length > MOST_STATUSES;
  const others = otherNames(sheet, mapping);
  return (
    <>
      <section className="card import__part" aria-label="The file">
        <h2>{file.name}</h2>
        <p className="muted small">
          {count(sheet.lines.length, "row")}, {count(sheet.columns.length, "column")}
        </p>
        {encoding === "windows-1252" && (
          <Notice tone="warn">The file is not UTF-8. It is read as Windows-1252: check names with accents below.</Notice>
        )}
        <div className="import__grid">
          <Field label="Letters">
            {(input) => <Select {...input} options={ENCODINGS} value={encoding} onChange={(chosen) => onReadAs(chosen, form)} />}
          </Field>
          <Field label="Columns are separated by">
            {(input) => <Select {...input} options={FORMS} value={form} onChange={(chosen) => onReadAs(encoding, chosen)} />}
          </Field>
          <Field label="Dates are written" isRequired>
            {(input) => (
              <Select
                {...input}
                options={[["", "Choose…"], ...Object.entries(DATE_FORMS)] as [DateForm, string][]}
                value={mapping.dates}
                onChange={(dates) => change({ dates })}
              />
            )}
          </Field>
          <Field label="Amounts are written">
            {(input) => (
              <Select
                {...input}
                options={[[".", "1,234.50"], [",", "1.234,50"]] as const}
                value={mapping.decimal}
                onChange={(decimal) => change({ decimal })}
              />
            )}
          </Field>
          <Field label="Currency" help="Of amounts that name none" isOptional>
            {(input) => (
              <input {...input} className="input" maxLength={3} placeholder="EUR" value={mapping.currency} onChange={({ target }) => change({ currency: target.value.toUpperCase() })} />
            )}
          </Field>
        </div>
      </section>
      <section className="card import__part" aria-label="What the columns mean">
        <h2>What the columns mean</h2>
        {(["Booking", "Guest"] as const).map((group) => (
          <fieldset key={group} className="import__fields">
            <legend>{group}</legend>
            {FIELDS.filter((each) => each.group === group).map((each) => (
              <Field key={each.name} label={each.label} help={"help" in each ? each.help : undefined} isRequired={each.name === "start_time"}>
                {(input) => (
                  <>
                    <Select
                      {...input}
                      options={[["", "Not in the file"], ...sheet.columns.map((column, index) => [`${index}`, column] as const)]}
                      value={`${mapping.columns[each.name] ?? ""}`}
                      onChange={(chosen) => onMapping(withColumn(file, each.name, chosen))}
                    />
                    <Example file={file} name={each.name} />
                  </>
                )}
              </Field>
            ))}
          </fieldset>
        ))}
        {others.size > 0 && (
          <label className="import__check">
            <input type="checkbox" checked={mapping.keepsOthers} onChange={({ target }) => change({ keepsOthers: target.checked })} />
            <span>
              Keep the other {others.size === 1 ? "column" : count(others.size, "column")} for templates
              <span className="muted small"> · {[...others.values()].slice(0, 4).map((name) => `booking.${name}`).join(", ")}</span>
            </span>
          </label>
        )}
      </section>
      <section className="card import__part" aria-label="Statuses">
        <h2>Statuses</h2>
        {tooMany ? (
          <Notice tone="warn">This column has more than {MOST_STATUSES} different values. Choose the column of statuses.</Notice>
        ) : (
          <div className="import__grid">
            {mapping.columns.status !== undefined &&
              Object.entries(mapping.statuses).map(([word, status]) => (
                <Field key={word} label={`“${word}” means`} isRequired>
                  {(input) => (
                    <Select
                      {...input}
                      options={[["", "Choose…"], ...STATUS_OPTIONS] as [StatusName | "", string][]}
                      value={status}
                      onChange={(chosen) => change({ statuses: { ...mapping.statuses, [word]: chosen } })}
                    />
                  )}
                </Field>
              ))}
            <Field label="Rows without a status are">
              {(input) => <Select {...input} options={STATUS_OPTIONS} value={mapping.status} onChange={(status) => change({ status })} />}
            </Field>
          </div>
        )}
      </section>
      <Preview file={file} isReady={lacks.length === 0} />
      {lacks.length > 0 && (
        <Notice>
          {lacks.map((each) => (
            <span key={each}>{each}</span>
          ))}
        </Notice>
      )}
      <Steps back="Choose another file" onBack={onOther}>
        <Button look="primary" isDisabled={lacks.length > 0 || tooMany} onPress={onCheck}>
          {`Check ${count(sheet.lines.length, "row")}`}
        </Button>
      </Steps>
    </>
  );
}

/** Returns the mapping with another column for a field, and with what follows from that. */
function withColumn({ sheet, mapping }: OpenFile, name: FieldName, chosen: string): Mapping {
  const { [name]: _, ...rest } = mapping.columns;
  const columns: Mapping["columns"] = chosen === "" ? rest : { ...rest, [name]: Number(chosen) };
  const isOfStatus = name === "status";
  return {
    ...mapping,
    columns,
    statuses: isOfStatus ? statusesOf(sheet, columns.status) : mapping.statuses,
    dates: mapping.dates || datesOf(sheet, columns),
  };
}

/** What the first rows have in a field's column. */
function Example({ file: { sheet, mapping }, name }: { file: OpenFile; name: FieldName }) {
  const column = mapping.columns[name];
  const found = column === undefined ? undefined : sheet.lines.slice(0, 100).find((line) => cell(line, column));
  if (!found) return null;
  return <span className="import__example muted small">{cell(found, column)}</span>;
}

/** The first rows, as the server reads them. */
function Preview({ file, isReady }: { file: OpenFile; isReady: boolean }) {
  const api = useApi();
  const settled = useSettled(file, TYPING_MS);
  const rows = useMemo<ImportRow[]>(() => settled.sheet.lines.slice(0, SHOWN).map((line) => rowOf(line, settled.sheet, settled.mapping)), [settled]);
  const preview = useQuery({
    queryKey: ["post", "/imports/preview", rows],
    queryFn: () => body(api.POST("/imports/preview", { body: { rows } })),
    enabled: isReady,
    placeholderData: (before) => before,
    ...READS,
  });
  if (!isReady) return null;
  return (
    <section className="card import__part" aria-label="The first rows">
      <h2>The first rows</h2>
      {preview.error != null && <Notice tone="bad">{messageOf(preview.error)}</Notice>}
      {preview.data && (
        <>
          <p className="muted small">Times without an offset are times of {preview.data.timezone}.</p>
          {preview.data.rows.length > 0 && (
            <Table columns={["Row", "Booking", "Guest", "Status", "Starts", "Activity", "Amount"]}>
              <Rows>
                {preview.data.rows.map((row) => (
                  <Row key={row.row}>
                    <Cell of="Row">{row.row}</Cell>
                    <Cell of="Booking">{row.confirmation_code ?? row.booking_id}</Cell>
                    <Cell of="Guest">
                      <div className="table__main">
                        <span>{[row.first_name, row.last_name].filter(Boolean).join(" ") || <span className="muted">unknown</span>}</span>
                        <span className="muted small">{row.email ?? row.phone}</span>
                      </div>
                    </Cell>
                    <Cell of="Status">{words(row.status)}</Cell>
                    <Cell of="Starts">
                      <Time at={row.start_time} />
                    </Cell>
                    <Cell of="Activity">{row.activity_name ?? row.activity_id ?? <span className="muted">unknown</span>}</Cell>
                    <Cell of="Amount">{row.total_amount ? `${row.total_amount.amount} ${row.total_amount.currency}` : <span className="muted">unknown</span>}</Cell>
                  </Row>
                ))}
              </Rows>
            </Table>
          )}
          <ProblemList problems={preview.data.problems} />
        </>
      )}
    </section>
  );
}
