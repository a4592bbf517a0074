// In the place of a part of a page that could not be read: the rest of the page works without it.
import { ApiError, messageOf } from "../api/problem";
import { Notice } from "./Notice";

interface MissingProps {
  of: { data: unknown; isError: boolean; error: unknown; refetch: () => Promise<unknown> };
  /** What is missing, as the beginning of a sentence, such as "The location's surveys". */
  what: string;
}

/** Nothing, unless the read failed; what does not exist is not missing. */
export function Missing({ of, what }: MissingProps) {
  const { data, isError, error, refetch } = of;
  if (!isError || data !== undefined || (error instanceof ApiError && error.isMissing)) return null;
  return (
    <Notice tone="warn">
      {what} could not be loaded: {messageOf(error)}{" "}
      <button type="button" className="link" onClick={() => void refetch()}>
        Try again
      </button>
    </Notice>
  );
}
