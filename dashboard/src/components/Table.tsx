// A table; on a narrow screen each of its rows is a card, and each cell says its column.
//
// The roles are written out: some browsers take them away from elements that are not laid out as a table.
/* eslint-disable jsx-a11y/no-redundant-roles, jsx-a11y/no-interactive-element-to-noninteractive-role */
import { createContext, use, type ReactNode } from "react";

/** The column of buttons, whose name only those hear who cannot see them. */
export const ACTIONS = "Actions";

interface TableProps {
  columns: readonly string[];
  /** How many rows the table has, where not all of them are on the page. */
  rows?: number | undefined;
  /** The rows in `Rows`. */
  children: ReactNode;
}

export function Table({ columns, rows, children }: TableProps) {
  return (
    <div className="table-frame">
      <table className="table" role="table" aria-rowcount={rows && rows + 1}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column} scope="col" role="columnheader">
                {column === ACTIONS ? <span className="visually-hidden">{column}</span> : column}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

export function Rows({ children }: { children: ReactNode }) {
  return <tbody role="rowgroup">{children}</tbody>;
}

interface RowPlace {
  /** Counted from 0, the head left out. */
  index: number;
  measure: (row: HTMLTableRowElement | null) => void;
}

/** Where a row stands in a list of which only a part is on the page. */
export const RowPlaceContext = createContext<RowPlace | null>(null);

export function Row({ className, children }: { className?: string; children: ReactNode }) {
  const place = use(RowPlaceContext);
  return (
    <tr
      role="row"
      className={className}
      ref={place?.measure}
      data-index={place?.index}
      aria-rowindex={place ? place.index + 2 : undefined}
    >
      {children}
    </tr>
  );
}

interface CellProps {
  /** The column that stands before the value in a card; left out where the value speaks for itself. */
  of?: string;
  className?: string;
  children: ReactNode;
}

export function Cell({ of, className, children }: CellProps) {
  return (
    <td role="cell" data-of={of} className={className}>
      {children}
    </td>
  );
}
