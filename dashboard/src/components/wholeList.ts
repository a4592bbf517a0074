// A list that was read whole, in the form in which `List` takes pages.

interface WholeQuery {
  isError: boolean;
  error: unknown;
  refetch: () => Promise<unknown>;
}

/** Returns the query as one page with these of its items; undefined while they are loading. */
export function wholeList<T>({ isError, error, refetch }: WholeQuery, items: T[] | undefined) {
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
