// A menu behind a button.
import type { ReactNode } from "react";
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";

export interface MenuEntry {
  id: string;
  label: string;
  icon?: ReactNode;
  isDangerous?: boolean;
  onAction: () => void;
}

interface MenuProps {
  label: string;
  entries: readonly (MenuEntry | "line")[];
  placement?: "bottom end" | "bottom start" | "top start";
  /** The button that opens it. */
  children: ReactNode;
}

export function Menu({ label, entries, placement = "bottom end", children }: MenuProps) {
  return (
    <MenuTrigger>
      {children}
      <Popover className="popover" placement={placement}>
        <AriaMenu aria-label={label} className="menu">
          {entries.map((entry, index) =>
            entry === "line" ? (
              <Separator key={`line-${index}`} className="menu__line" />
            ) : (
              <MenuItem
                key={entry.id}
                textValue={entry.label}
                className={entry.isDangerous ? "menu__item menu__item--danger" : "menu__item"}
                onAction={entry.onAction}
              >
                {entry.icon}
                {entry.label}
              </MenuItem>
            ),
          )}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
