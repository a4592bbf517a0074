// The menu itself: open as soon as it is there.
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import type { MenuProps } from "./Menu";

export default function OpenedMenu({ label, entries, placement = "bottom end", children }: MenuProps) {
  return (
    <MenuTrigger defaultOpen>
      {children}
      <Popover className="popover" placement={placement}>
        <MenuList label={label} entries={entries} />
      </Popover>
    </MenuTrigger>
  );
}

interface MenuListProps extends Pick<MenuProps, "label" | "entries"> {
  /** Needed where no trigger closes it. */
  onClose?: () => void;
}

/** What a menu offers. */
export function MenuList({ label, entries, onClose }: MenuListProps) {
  return (
    // It was opened to choose from it.
    // eslint-disable-next-line jsx-a11y/no-autofocus
    <AriaMenu aria-label={label} className="menu" autoFocus="first" {...(onClose && { onClose })}>
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
  );
}
