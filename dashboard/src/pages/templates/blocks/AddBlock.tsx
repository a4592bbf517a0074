// Finds a block to add, by its name or by other words for it.
import {
  AlignJustify,
  Braces,
  Columns2,
  Heading,
  Image,
  List,
  ListOrdered,
  Minus,
  MousePointerClick,
  Share2,
  SquareDashed,
  Table2,
  type LucideIcon,
} from "lucide-react";
import { useState } from "react";
import { Autocomplete, Input, Menu, MenuItem, SearchField } from "react-aria-components";
import { searchedKinds, type BlockKind } from "../../../core/blocks";
import { BesideBox } from "./BesideBox";
import type { Box } from "./places";

const ICONS: Readonly<Record<string, LucideIcon>> = {
  paragraph: AlignJustify,
  heading: Heading,
  bullet_list: List,
  ordered_list: ListOrdered,
  button: MousePointerClick,
  image: Image,
  booking_details: Table2,
  panel: SquareDashed,
  columns: Columns2,
  divider: Minus,
  social_links: Share2,
  html: Braces,
};

interface AddBlockProps {
  box: Box;
  onPick: (kind: BlockKind) => void;
  onClose: () => void;
}

export function AddBlock({ box, onPick, onClose }: AddBlockProps) {
  const [text, setText] = useState("");
  const found = searchedKinds(text);
  return (
    <BesideBox box={box} label="Add a block" className="add-block" onClose={onClose}>
      <Autocomplete inputValue={text} onInputChange={setText}>
        {/* It was opened to search in it. */}
        {/* eslint-disable-next-line jsx-a11y/no-autofocus */}
        <SearchField aria-label="Search blocks" autoFocus className="add-block__search">
          <Input className="input" placeholder="Search blocks" />
        </SearchField>
        <Menu
          aria-label="Blocks"
          className="add-block__list"
          items={found.map((kind) => ({ ...kind, id: kind.key }))}
          renderEmptyState={() => <p className="muted small add-block__none">No block is called that.</p>}
        >
          {(kind) => {
            const Icon = ICONS[kind.key] ?? AlignJustify;
            return (
              <MenuItem id={kind.key} textValue={kind.label} className="add-block__item" onAction={() => onPick(kind)}>
                <span className="add-block__icon" aria-hidden>
                  <Icon size={17} />
                </span>
                <span className="add-block__text">
                  <span>{kind.label}</span>
                  <span className="muted">{kind.help}</span>
                </span>
              </MenuItem>
            );
          }}
        </Menu>
      </Autocomplete>
    </BesideBox>
  );
}
