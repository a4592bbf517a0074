// Short messages in the corner about what has just happened.
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createContext, use, useCallback, useId, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { messageOf } from "../api/problem";
import { IconButton } from "./Button";

interface Toast {
  id: number;
  /** The part of a page that reported it. */
  from: string;
  tone: "good" | "bad";
  text: string;
}

interface Toasts {
  report: (text: string) => void;
  reportFailure: (error: unknown) => void;
}

const SHOWN_MS = 6_000;
const MARGIN = 28;
const Context = createContext<(toast: Omit<Toast, "id">) => void>(() => undefined);
let lastId = 0;

/** Returns calls that report; a success removes the errors that the same part of a page reported before. */
export function useToasts(): Toasts {
  const add = use(Context);
  const from = useId();
  return useMemo(
    () => ({
      report: (text) => add({ from, tone: "good", text }),
      reportFailure: (error) => add({ from, tone: "bad", text: messageOf(error) }),
    }),
    [add, from],
  );
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const close = useCallback((id: number) => {
    setToasts((all) => all.filter((toast) => toast.id !== id));
  }, []);
  const add = useCallback(
    (toast: Omit<Toast, "id">) => {
      const id = ++lastId;
      const isOver = (old: Toast) => old.from === toast.from && old.tone === "bad";
      setToasts((all) => [...all.filter((old) => !isOver(old)).slice(-2), { ...toast, id }]);
      // An error stays until it is closed or fixed: it may say what to do.
      if (toast.tone === "good") setTimeout(() => close(id), SHOWN_MS);
    },
    [close],
  );
  const region = useRef<HTMLDivElement>(null);
  // Pages end above the messages, so that no message lies over what can be used.
  useLayoutEffect(() => {
    const height = toasts.length ? (region.current?.offsetHeight ?? 0) + MARGIN : 0;
    document.documentElement.style.setProperty("--toasts", `${height}px`);
  }, [toasts]);
  return (
    <Context value={add}>
      {children}
      <div ref={region} className="toasts" role="region" aria-label="Messages" aria-live="polite">
        {toasts.map(({ id, tone, text }) => (
          <div key={id} className={`toast toast--${tone}`}>
            {tone === "good" ? <CircleCheck size={18} aria-hidden /> : <CircleAlert size={18} aria-hidden />}
            <p className="toast__text">{text}</p>
            <IconButton label="Dismiss" size="small" icon={<X size={14} />} onPress={() => close(id)} />
          </div>
        ))}
      </div>
    </Context>
  );
}
