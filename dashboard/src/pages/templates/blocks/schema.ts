// The document of the editor: its nodes are the blocks as they are stored, under the same names.
import { Extension, Mark, mergeAttributes, Node, nodeInputRule, type AnyExtension, type Attribute } from "@tiptap/core";
import { Bold } from "@tiptap/extension-bold";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Heading } from "@tiptap/extension-heading";
import { Italic } from "@tiptap/extension-italic";
import { BulletList, ListItem, ListKeymap, OrderedList } from "@tiptap/extension-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Text } from "@tiptap/extension-text";
import type { DOMOutputSpec } from "@tiptap/pm/model";
import { BOOKING_ROWS, isAddress, NETWORKS } from "../../../core/blocks";
import type { Bridge } from "./bridge";

/** The blocks that may have a condition. */
export const BLOCK_TYPES = [
  "paragraph",
  "heading",
  "bullet_list",
  "ordered_list",
  "button",
  "image",
  "divider",
  "columns",
  "booking_details",
  "panel",
  "social_links",
  "html",
] as const;

const FLOW = "flow";

/** An attribute that survives copying and pasting; nothing of it is shown by itself. */
export function kept(name: string, fallback: unknown = null): Attribute {
  return {
    default: fallback,
    parseHTML: (element) => readJson(element.getAttribute(`data-${name}`), fallback),
    renderHTML: ({ [name]: value }) => (value === null || value === undefined ? {} : { [`data-${name}`]: JSON.stringify(value) }),
  };
}

function readJson(text: string | null, fallback: unknown): unknown {
  try {
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

const align: Attribute = {
  default: null,
  parseHTML: ({ style }) => (["left", "center", "right"].includes(style.textAlign) ? style.textAlign : null),
  renderHTML: ({ align: value }) => (value ? { style: `text-align: ${textOf(value)}` } : {}),
};

const Document = Node.create({ name: "doc", topNode: true, content: `(${FLOW} | panel | columns)+` });

const OwnParagraph = Paragraph.extend({ group: FLOW, addAttributes: () => ({ align }) });

const OwnHeading = Heading.extend({
  group: FLOW,
  addAttributes() {
    return { ...this.parent?.(), align };
  },
}).configure({ levels: [1, 2, 3] });

// Lists are known by the group "list"; they hold one level, as many mail programs indent a second one badly.
const listOptions = { itemTypeName: "list_item" };
const OwnBulletList = BulletList.extend({ name: "bullet_list", group: `${FLOW} list` }).configure(listOptions);
const OwnOrderedList = OrderedList.extend({
  name: "ordered_list",
  group: `${FLOW} list`,
  addAttributes: () => ({ start: kept("start", 1) }),
}).configure(listOptions);
const OwnListItem = ListItem.extend({
  name: "list_item",
  content: "paragraph",
  // Not by Tab, which leads on to the next control.
  addKeyboardShortcuts() {
    return { Enter: () => this.editor.commands.splitListItem(this.name) };
  },
}).configure({ bulletListTypeName: "bullet_list", orderedListTypeName: "ordered_list" });
const OwnListKeymap = ListKeymap.configure({
  listTypes: [{ itemName: "list_item", wrapperNames: ["bullet_list", "ordered_list"] }],
});

const ButtonBlock = Node.create({
  name: "button",
  group: FLOW,
  content: "(text | variable)*",
  marks: "",
  defining: true,
  addAttributes: () => ({ url: kept("url", ""), align }),
  parseHTML: () => [{ tag: "div[data-block=button]", contentElement: ".block-button__label" }],
  renderHTML: ({ HTMLAttributes }) => [
    "div",
    mergeAttributes(HTMLAttributes, { "data-block": "button", class: "block-button" }),
    ["span", { class: "block-button__label" }, 0],
  ],
});

const Image = Node.create({
  name: "image",
  group: FLOW,
  atom: true,
  addAttributes: () => ({
    src: {
      default: "",
      parseHTML: (element: HTMLElement) => (element.querySelector("img") ?? element).getAttribute("src") ?? "",
      rendered: false,
    },
    alt: {
      default: "",
      parseHTML: (element: HTMLElement) => (element.querySelector("img") ?? element).getAttribute("alt") ?? "",
      rendered: false,
    },
    width: kept("width"),
    url: kept("url", ""),
    align,
  }),
  parseHTML: () => [{ tag: "div[data-block=image]" }, { tag: "img[src^=https]" }],
  renderHTML({ node, HTMLAttributes }) {
    const { src, alt, width } = node.attrs as { src: string; alt: string; width: number | null };
    const isShown = /^https:\/\//i.test(src) && !src.includes("{{");
    return [
      "div",
      mergeAttributes(HTMLAttributes, { "data-block": "image", class: "block-image" }),
      isShown
        ? ["img", { src, alt, ...(width && { style: `width: ${width}px` }) }]
        : ["div", { class: "block-empty" }, src ? `Image from ${src}` : "Image: enter its address"],
    ];
  },
});

const Divider = Node.create({
  name: "divider",
  group: FLOW,
  atom: true,
  parseHTML: () => [{ tag: "div[data-block=divider]" }, { tag: "hr" }],
  renderHTML: ({ HTMLAttributes }) => [
    "div",
    mergeAttributes(HTMLAttributes, { "data-block": "divider", class: "block-divider" }),
    ["hr"],
  ],
});

const Columns = Node.create({
  name: "columns",
  content: "column column",
  isolating: true,
  parseHTML: () => [{ tag: "div[data-block=columns]" }],
  renderHTML: ({ HTMLAttributes }) => [
    "div",
    mergeAttributes(HTMLAttributes, { "data-block": "columns", class: "block-columns" }),
    0,
  ],
});

const Column = Node.create({
  name: "column",
  content: `(${FLOW} | panel)+`,
  isolating: true,
  selectable: false,
  parseHTML: () => [{ tag: "div[data-block=column]" }],
  renderHTML: ({ HTMLAttributes }) => [
    "div",
    mergeAttributes(HTMLAttributes, { "data-block": "column", class: "block-column" }),
    0,
  ],
});

const Panel = Node.create({
  name: "panel",
  content: `${FLOW}+`,
  defining: true,
  parseHTML: () => [{ tag: "div[data-block=panel]" }],
  renderHTML: ({ HTMLAttributes }) => [
    "div",
    mergeAttributes(HTMLAttributes, { "data-block": "panel", class: "block-panel" }),
    0,
  ],
});

const BookingDetails = Node.create<{ bridge: Bridge }>({
  name: "booking_details",
  group: FLOW,
  atom: true,
  addAttributes: () => ({ rows: kept("rows", []) }),
  parseHTML: () => [{ tag: "div[data-block=booking_details]" }],
  renderHTML({ node, HTMLAttributes }) {
    const rows = (node.attrs as { rows: string[] }).rows;
    const line = (row: string): DOMOutputSpec => [
      "tr",
      ["th", { scope: "row" }, BOOKING_ROWS[row] ?? row],
      ["td", this.options.bridge.ask.exampleOfRow(row)],
    ];
    return [
      "div",
      mergeAttributes(HTMLAttributes, { "data-block": "booking_details", class: "block-details" }),
      rows.length > 0
        ? ["table", ["tbody", ...rows.map(line)]]
        : ["div", { class: "block-empty" }, "Booking details: choose rows"],
    ];
  },
});

const SocialLinks = Node.create({
  name: "social_links",
  group: FLOW,
  atom: true,
  addAttributes: () => ({ links: kept("links", []), align }),
  parseHTML: () => [{ tag: "div[data-block=social_links]" }],
  renderHTML({ node, HTMLAttributes }) {
    const { links } = node.attrs as { links: { network: string }[] };
    return [
      "div",
      mergeAttributes(HTMLAttributes, { "data-block": "social_links", class: "block-social" }),
      ...(links.length > 0
        ? links.map(({ network }): DOMOutputSpec => ["span", NETWORKS[network] ?? network])
        : [["div", { class: "block-empty" }, "Social links: add your profiles"] as DOMOutputSpec]),
    ];
  },
});

const Html = Node.create({
  name: "html",
  group: FLOW,
  atom: true,
  addAttributes: () => ({ html: kept("html", "") }),
  parseHTML: () => [{ tag: "div[data-block=html]" }],
  renderHTML({ node, HTMLAttributes }) {
    const { html } = node.attrs as { html: string };
    return [
      "div",
      mergeAttributes(HTMLAttributes, { "data-block": "html", class: "block-html" }),
      html.trim() ? ["pre", html.trim()] : ["div", { class: "block-empty" }, "HTML: write your own"],
    ];
  },
});

const TYPED_VARIABLE = /\{\{\s*([a-z_]\w*(?:\.\w+)*)\s*\}\}$/;

export const Variable = Node.create<{ bridge: Bridge }>({
  name: "variable",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({ path: kept("path", ""), fallback: kept("fallback"), format: kept("format") }),
  parseHTML: () => [{ tag: "span[data-variable]" }],
  renderHTML({ node, HTMLAttributes }) {
    const { path, fallback } = node.attrs as { path: string; fallback: string | null };
    return [
      "span",
      mergeAttributes(HTMLAttributes, { "data-variable": "", class: "variable-chip", title: `{{ ${path} }}` }),
      this.options.bridge.ask.labelOf(path),
      ...(fallback ? [["span", { class: "variable-chip__fallback" }, ` or “${fallback}”`] as DOMOutputSpec] : []),
    ];
  },
  renderText: ({ node }) => `{{ ${textOf(node.attrs["path"])} }}`,
  // Who knows how a text names a variable may go on typing it.
  addInputRules() {
    return [
      nodeInputRule({
        // A group of the match alone would be replaced, and its braces would stay around the chip.
        find: (text) => {
          const found = TYPED_VARIABLE.exec(text);
          return found && { index: found.index, text: found[0], data: { path: found[1] } };
        },
        type: this.type,
        getAttributes: ({ data }) => data,
      }),
    ];
  },
});

const Link = Mark.create({
  name: "link",
  inclusive: false,
  addAttributes: () => ({ href: { default: "" } }),
  parseHTML: () => [
    { tag: "a[href]", getAttrs: (element) => (isAddress(element.getAttribute("href") ?? "") ? null : false) },
  ],
  renderHTML: ({ HTMLAttributes }) => [
    "a",
    { href: isAddress(textOf(HTMLAttributes["href"])) ? textOf(HTMLAttributes["href"]) : "#", tabindex: "-1" },
    0,
  ],
});

const Conditional = Extension.create({
  name: "conditional",
  addGlobalAttributes: () => [{ types: [...BLOCK_TYPES], attributes: { show_if: kept("show_if") } }],
});

/** Returns what the document is made of. */
export function blockNodes(bridge: Bridge): AnyExtension[] {
  return [
    Document,
    OwnParagraph,
    Text,
    OwnHeading,
    OwnBulletList,
    OwnOrderedList,
    OwnListItem,
    OwnListKeymap,
    HardBreak.extend({ name: "hard_break" }),
    Bold,
    Italic,
    Link,
    Variable.configure({ bridge }),
    ButtonBlock,
    Image,
    Divider,
    Columns,
    Column,
    Panel,
    BookingDetails.configure({ bridge }),
    SocialLinks,
    Html,
    Conditional,
  ];
}
