// The rows of a long list: only those in sight are on the page, and space stands for the others.
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { RowPlaceContext, Rows } from "./Table";

/** Pixels of a row before it is measured; cards on a phone are higher. */
const ESTIMATED = 66;
const BEYOND_SIGHT = 12;

interface WindowedRowsProps {
  items: readonly unknown[];
  columns: number;
  row: (item: unknown) => ReactNode;
}

export default function WindowedRows({ items, columns, row }: WindowedRowsProps) {
  const top = useRef<HTMLTableRowElement>(null);
  const [scrollMargin, setScrollMargin] = useState(0);
  useLayoutEffect(() => {
    const above = (top.current?.getBoundingClientRect().top ?? 0) + scrollY;
    setScrollMargin(above);
  }, [items.length]);
  const windowed = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => ESTIMATED,
    overscan: BEYOND_SIGHT,
    scrollMargin,
  });
  const shown = windowed.getVirtualItems();
  const before = (shown[0]?.start ?? scrollMargin) - scrollMargin;
  const after = windowed.getTotalSize() - ((shown.at(-1)?.end ?? scrollMargin) - scrollMargin);
  return (
    <Rows>
      <tr ref={top} aria-hidden className="table__space">
        <td colSpan={columns} style={{ height: before }} />
      </tr>
      {shown.map(({ index }) => {
        const item = items[index];
        if (item === undefined) return null;
        return (
          <RowPlaceContext key={index} value={{ index, measure: windowed.measureElement }}>
            {row(item)}
          </RowPlaceContext>
        );
      })}
      <tr aria-hidden className="table__space">
        <td colSpan={columns} style={{ height: Math.max(0, after) }} />
      </tr>
    </Rows>
  );
}
