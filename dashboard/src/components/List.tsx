// A table over pages of a list, with its loading, empty and failed states.
import { lazy, Suspense, type ReactNode } from "react";
import { Button } from "./Button";
import { Failed, LoadingRows } from "./States";
import { Rows, Table } from "./Table";

/** A list of up to so many rows is on the page whole, where the browser's own search finds all of it. */
const MOST_WHOLE = 100;

const WindowedRows = lazy(() => import("./WindowedRows"));

interface Query<T> {
  data: { pages: { items: T[] }[] } | undefined;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => Promise<unknown>;
  fetchNextPage: () => Promise<unknown>;
}

interface ListProps<T> {
  what: string;
  query: Query<T>;
  columns: readonly string[];
  row: (item: T) => ReactNode;
  empty: ReactNode;
}

export function List<T>({ what, query, columns, row, empty }: ListProps<T>) {
  const items = query.data?.pages.flatMap((page) => page.items);
  const isLong = items !== undefined && items.length > MOST_WHOLE;
  return (
    <div className="card">
      {query.isError && !items ? (
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      ) : items?.length === 0 && !query.hasNextPage ? (
        empty
      ) : (
        <Table columns={columns} rows={isLong ? items.length : undefined}>
          {isLong ? (
            <Suspense fallback={<LoadingRows columns={columns.length} what={what} />}>
              <WindowedRows items={items} columns={columns.length} row={row as (item: unknown) => ReactNode} />
            </Suspense>
          ) : items ? (
            <Rows>{items.map(row)}</Rows>
          ) : (
            <LoadingRows columns={columns.length} what={what} />
          )}
        </Table>
      )}
      {query.hasNextPage && (
        <div className="more">
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}
