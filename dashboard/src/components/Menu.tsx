// A menu behind a button; what it is made of is loaded when it is first opened.
import { cloneElement, lazy, Suspense, useState, type ReactElement, type ReactNode } from "react";

const OpenedMenu = lazy(() => import("./OpenedMenu"));

export interface MenuEntry {
  id: string;
  label: string;
  icon?: ReactNode;
  isDangerous?: boolean;
  onAction: () => void;
}

export interface MenuProps {
  label: string;
  entries: readonly (MenuEntry | "line")[];
  placement?: "bottom end" | "bottom start" | "top start";
  /** The button that opens it. */
  children: ReactElement<{ onPress?: () => void; "aria-haspopup"?: "menu" }>;
}

export function Menu(props: MenuProps) {
  const [isOpened, setOpened] = useState(false);
  const button = cloneElement(props.children, {
    onPress: () => setOpened(true),
    "aria-haspopup": "menu",
  });
  if (!isOpened) return button;
  return (
    <Suspense fallback={button}>
      <OpenedMenu {...props} />
    </Suspense>
  );
}
