// One part of Home: it loads, fails and is empty by itself.
import { CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useId } from "react";
import { Missing } from "../../components/Missing";

/** How often the parts are read again. */
export const LIVE = { staleTime: 0, refetchInterval: 60_000 };

interface PartProps<T> {
  title: string;
  /** Something small beside the title, such as a link to all of it. */
  aside?: ReactNode;
  isWide?: boolean;
  query: { data: T | undefined; isError: boolean; error: unknown; refetch: () => Promise<unknown> };
  /** What stands there if there is nothing, in one line; null says that there is something. */
  empty: (data: T) => string | null;
  children: (data: T) => ReactNode;
}

export function Part<T>({ title, aside, isWide = false, query, empty, children }: PartProps<T>) {
  const id = useId();
  const { data } = query;
  const nothing = data === undefined ? null : empty(data);
  return (
    <section className={`card home__part${isWide ? " home__part--wide" : ""}`} aria-labelledby={id}>
      <div className="home__head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      <Missing of={query} what="This part" />
      {data === undefined ? (
        !query.isError && (
          <div role="status">
            <span className="visually-hidden">Loading {title}</span>
            <span className="skeleton" aria-hidden />
            <span className="skeleton" aria-hidden />
          </div>
        )
      ) : nothing === null ? (
        children(data)
      ) : (
        <p className="home__nothing muted">
          <CircleCheck size={16} aria-hidden />
          {nothing}
        </p>
      )}
    </section>
  );
}
