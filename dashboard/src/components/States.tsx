// What a page shows while it has nothing to show: loading, empty, failed, offline.
import { CircleAlert, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError, messageOf, OfflineError } from "../api/problem";
import { Button } from "./Button";
import { Cell, Row, Rows } from "./Table";

interface EmptyProps {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}

export function Empty({ icon, title, children, actions }: EmptyProps) {
  return (
    <div className="state">
      <div className="state__icon" aria-hidden>
        {icon}
      </div>
      <h2>{title}</h2>
      <p>{children}</p>
      {actions && <div className="state__actions">{actions}</div>}
    </div>
  );
}

export function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const isOffline = error instanceof OfflineError;
  const isMissing = error instanceof ApiError && (error.isMissing || error.isNoAddress);
  const requestId = error instanceof ApiError ? error.problem.request_id : "";
  return (
    <div className="state state--bad" role="alert">
      <div className="state__icon" aria-hidden>
        {isOffline ? <WifiOff size={24} /> : <CircleAlert size={24} />}
      </div>
      <h2>{isOffline ? "You are offline" : isMissing ? "There is nothing here" : "This did not load"}</h2>
      <p>{isMissing ? "It may have been deleted, or the address is wrong." : messageOf(error)}</p>
      {requestId && <p className="small">Request {requestId}</p>}
      <div className="state__actions">
        <Button onPress={onRetry}>Try again</Button>
      </div>
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className="state" role="status">
      <div className="spinner" aria-hidden />
      <p>Loading {what} …</p>
    </div>
  );
}

/** Rows of a table that is loading. */
export function LoadingRows({ columns, what }: { columns: number; what: string }) {
  return (
    <Rows>
      {Array.from({ length: 5 }, (_, row) => (
        <Row key={row}>
          {Array.from({ length: columns }, (_, column) => (
            <Cell key={column}>
              {row === 0 && column === 0 && (
                <span className="visually-hidden" role="status">
                  Loading {what}
                </span>
              )}
              <span className="skeleton" style={{ width: column === 0 ? "70%" : "50%" }} aria-hidden />
            </Cell>
          ))}
        </Row>
      ))}
    </Rows>
  );
}
