// The blocks of an e-mail as they are stored: what kinds there are, how a new one begins, what each is called.
import type { VariableGroup } from "./variables";
import { labelOf } from "./variables";

export interface Mark {
  type: string;
  attrs?: Record<string, unknown>;
}

/** A block, or a text, a variable or a line break inside one: a node of the document that the editor holds. */
export interface Block {
  type: string;
  attrs?: Record<string, unknown>;
  content?: Block[];
  marks?: Mark[];
  text?: string;
}

/** A kind of block that an operator can add. */
export interface BlockKind {
  key: string;
  label: string;
  help: string;
  /** Other words that people search for. */
  words: string;
  make: () => Block;
}

export const HEADING_LEVELS = [1, 2, 3] as const;

export const ALIGNMENTS = { left: "Left", center: "Centre", right: "Right" } as const;
export type Alignment = keyof typeof ALIGNMENTS;

/** The rows that a table of booking details can have, in the usual order. */
export const BOOKING_ROWS: Readonly<Record<string, string>> = {
  activity: "What",
  when: "When",
  date: "Date",
  time: "Time",
  place: "Where",
  party_size: "People",
  total: "Total",
  confirmation_code: "Booking code",
  guest: "Guest",
};

/** The variable whose example stands beside a row while it is edited. */
export const ROW_VARIABLES: Readonly<Record<string, string>> = {
  activity: "activity.name",
  when: "booking.start_time",
  date: "booking.start_time",
  time: "booking.start_time",
  place: "location.address",
  party_size: "booking.party_size",
  total: "booking.total_amount",
  confirmation_code: "booking.confirmation_code",
  guest: "customer.first_name",
};

export const NETWORKS: Readonly<Record<string, string>> = {
  instagram: "Instagram",
  facebook: "Facebook",
  tiktok: "TikTok",
  youtube: "YouTube",
  x: "X",
  pinterest: "Pinterest",
  linkedin: "LinkedIn",
  tripadvisor: "Tripadvisor",
  google: "Google",
  whatsapp: "WhatsApp",
  website: "Website",
};

export const KINDS: readonly BlockKind[] = [
  {
    key: "paragraph",
    label: "Text",
    help: "A paragraph with variables and links",
    words: "paragraph",
    make: () => ({ type: "paragraph" }),
  },
  {
    key: "heading",
    label: "Heading",
    help: "A title, in one of three sizes",
    words: "title h1 h2 h3",
    make: () => ({ type: "heading", attrs: { level: 2 } }),
  },
  {
    key: "bullet_list",
    label: "List",
    help: "Points, one below the other",
    words: "bullets points unordered",
    make: () => listOf("bullet_list"),
  },
  {
    key: "ordered_list",
    label: "Numbered list",
    help: "Steps in their order",
    words: "ordered numbers steps",
    make: () => listOf("ordered_list"),
  },
  {
    key: "button",
    label: "Button",
    help: "A link that stands out",
    words: "link call to action cta",
    make: () => ({ type: "button", attrs: { url: "" }, content: [{ type: "text", text: "Open" }] }),
  },
  {
    key: "image",
    label: "Image",
    help: "A picture by its address",
    words: "picture photo logo",
    make: () => ({ type: "image", attrs: { src: "", alt: "" } }),
  },
  {
    key: "booking_details",
    label: "Booking details",
    help: "A table of activity, date, time and place",
    words: "table summary rows",
    make: () => ({ type: "booking_details", attrs: { rows: ["activity", "when", "place", "party_size", "total"] } }),
  },
  {
    key: "panel",
    label: "Panel",
    help: "A coloured box around other blocks",
    words: "box callout notice",
    make: () => ({ type: "panel", content: [{ type: "paragraph" }] }),
  },
  {
    key: "columns",
    label: "Two columns",
    help: "Blocks side by side, one below the other on phones",
    words: "side by side layout",
    make: () => ({ type: "columns", content: [emptyColumn(), emptyColumn()] }),
  },
  {
    key: "divider",
    label: "Divider",
    help: "A line between blocks",
    words: "line rule separator hr",
    make: () => ({ type: "divider" }),
  },
  {
    key: "social_links",
    label: "Social links",
    help: "Links to your profiles",
    words: "instagram facebook tiktok network",
    make: () => ({ type: "social_links", attrs: { links: [] } }),
  },
  {
    key: "html",
    label: "HTML",
    help: "Your own HTML, with variables as {{ … }}",
    words: "code source raw",
    make: () => ({ type: "html", attrs: { html: "" } }),
  },
];

/** The blocks that hold others; each of theirs can be moved, copied and shown on a condition. */
export const HOLDERS: ReadonlySet<string> = new Set(["doc", "column", "panel"]);

const SETTINGS: ReadonlySet<string> = new Set(["button", "image", "booking_details", "social_links", "html"]);

/** What a blank e-mail begins with. */
export const BLANK_BLOCKS: readonly Block[] = [{ type: "paragraph" }];

/** Whether a block has more to set than its text. */
export function hasSettings(type: string): boolean {
  return SETTINGS.has(type);
}

/** Returns what a kind of block is called. */
export function nameOfBlock({ type, attrs }: Pick<Block, "type" | "attrs">): string {
  const name = KINDS.find(({ key }) => key === type)?.label ?? type.replaceAll("_", " ");
  return type === "heading" ? `${name} ${attrs?.["level"] as number}` : name;
}

/** Returns the kinds that a search finds: by the beginning of a word of theirs, those by name first. */
export function searchedKinds(text: string): BlockKind[] {
  const wanted = text.trim().toLowerCase();
  const begins = (words: string) => ` ${words.toLowerCase()}`.includes(` ${wanted}`);
  return [
    ...KINDS.filter(({ label }) => begins(label)),
    ...KINDS.filter(({ label, words, help }) => !begins(label) && begins(`${words} ${help}`)),
  ];
}

/** Returns the blocks without what is not set, so that an untouched document stays the same. */
export function tidied(blocks: readonly Block[]): Block[] {
  return blocks.map(({ type, attrs, content, marks, text }) => {
    const set = Object.entries(attrs ?? {}).filter(([, value]) => value !== null && value !== undefined);
    return {
      type,
      ...(set.length > 0 && { attrs: Object.fromEntries(set) }),
      ...(content && content.length > 0 && { content: tidied(content) }),
      ...(marks && marks.length > 0 && { marks }),
      ...(text !== undefined && { text }),
    };
  });
}

/** Whether two documents say the same, whatever the order of their attributes and what of them is not set. */
export function isSameBlocks(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Returns the words of the blocks, such as for a name in a list; a variable stands as its name. */
export function wordsOf(blocks: readonly Block[], groups: readonly VariableGroup[] = []): string {
  const words = ({ type, text, attrs, content }: Block): string => {
    if (type === "variable") return labelOf(groups, attrs?.["path"] as string);
    return text ?? (content ?? []).map(words).join("");
  };
  return blocks.map(words).filter(Boolean).join(" ");
}

/** What a text may be given as: the filters that suit a kind of variable, as people call them. */
export function formatsFor(kind: string): Readonly<Record<string, string>> {
  switch (kind) {
    case "datetime":
      return {
        "": "Date and time",
        date: "Date",
        date_short: "Date, short",
        date_long: "Date, long",
        date_full: "Date with weekday",
        weekday: "Weekday",
        time: "Time",
      };
    case "string":
    case "any":
      return { "": "As it is", upper: "CAPITALS", lower: "small letters", title: "Capitalised Words" };
    default:
      return {};
  }
}

/** Where a problem of the blocks is: which child of which, from the document down, and what is wrong there. */
export interface BlockPlace {
  indexes: number[];
  /** What follows the block in the path, such as `attrs.url`. */
  rest: string;
}

const INNER = new Set(["content", "list_item", "column", ...KINDS.map(({ key }) => key)]);

/** Returns where a problem's field points, such as `blocks[2].content[0].attrs.url`; null for another field. */
export function placeOf(field: string): BlockPlace | null {
  const parts = field.split(/[.[\]]+/).filter(Boolean);
  if (parts[0] === "translations") parts.splice(0, 2);
  if (parts.shift() !== "blocks") return null;
  const indexes: number[] = [];
  // Between the indexes stand names of lists and, where the API reads a document, of kinds of blocks.
  while (parts[0] !== undefined && (/^\d+$/.test(parts[0]) || INNER.has(parts[0]))) {
    const part = parts.shift() ?? "";
    if (/^\d+$/.test(part)) indexes.push(Number(part));
  }
  return { indexes, rest: parts.join(".") };
}

/** Whether a link may lead there: to a page, a mailbox or a phone, or to what a variable says. */
export function isAddress(url: string): boolean {
  return /^(https?:\/\/|mailto:|tel:|sms:|\{\{)/i.test(url.trim());
}

/** Returns what was typed as an address; a bare host gets its scheme. */
export function addressOf(typed: string): string {
  const text = typed.trim();
  if (!text || isAddress(text)) return text;
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text)) return `mailto:${text}`;
  return /^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(text) ? `https://${text}` : text;
}

function listOf(type: string): Block {
  return { type, content: [{ type: "list_item", content: [{ type: "paragraph" }] }] };
}

function emptyColumn(): Block {
  return { type: "column", content: [{ type: "paragraph" }] };
}

/** Returns a value in one order of keys, without what says the same as being left out. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, each]) => [key, sorted(each)] as const)
    .filter(([key, each]) => each !== null && each !== undefined && !(MAY_BE_EMPTY.has(key) && isEmpty(each)))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries);
}

const MAY_BE_EMPTY = new Set(["attrs", "content", "marks"]);

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
