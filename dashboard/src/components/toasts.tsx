// Short messages in the corner that tell what has just happened.
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from "react";
import { messageOf } from "../api/problem";
import { IconButton } from "./Button";

interface Toast {
  id: number;
  tone: "good" | "bad";
  text: string;
}

interface Toasts {
  tell: (text: string) => void;
  tellError: (error: unknown) => void;
}

const SHOWN_MS = 6_000;
const Context = createContext<Toasts>({ tell: () => undefined, tellError: () => undefined });
let lastId = 0;

export function useToasts(): Toasts {
  return use(Context);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const close = useCallback((id: number) => {
    setToasts((all) => all.filter((toast) => toast.id !== id));
  }, []);
  const value = useMemo(() => {
    const add = (tone: Toast["tone"], text: string) => {
      const id = ++lastId;
      setToasts((all) => [...all.slice(-2), { id, tone, text }]);
      // An error stays until it is closed: it may say what to do.
      if (tone === "good") setTimeout(() => close(id), SHOWN_MS);
    };
    return {
      tell: (text: string) => add("good", text),
      tellError: (error: unknown) => add("bad", messageOf(error)),
    };
  }, [close]);
  return (
    <Context value={value}>
      {children}
      <div className="toasts" role="region" aria-label="Messages" aria-live="polite">
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
