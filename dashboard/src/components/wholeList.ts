// A list that was read whole, in the form in which `List` takes pages.
import type { UseQueryResult } from "@tanstack/react-query";

/** Returns the query as one page with these of its items; undefined while they are loading. */
export function wholeList<T>({ isError, error, refetch }: UseQueryResult<unknown>, items: T[] | undefined) {
  return {
    data: items && { pages: [{ items }] },
    isError,
    error,
    refetch,
    hasNextPage: false,
    isFetchingNextPage: false,
    fetchNextPage: () => Promise.resolve(),
  };
}
