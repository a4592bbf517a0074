// @vitest-environment jsdom
// The editor of blocks on a page: what it shows, what it hands on, what it takes from outside.
import { cleanup, configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Block } from "../../../src/core/blocks";
import BlockEditor, { type BlockEditorProps } from "../../../src/pages/templates/blocks/BlockEditor";
import { standInForLayout } from "./unmeasured";

// A busy machine takes its time.
configure({ asyncUtilTimeout: 15_000 });

const GREETING: Block[] = [
  { type: "heading", attrs: { level: 1 }, content: [{ type: "text", text: "You are booked" }] },
  {
    type: "paragraph",
    attrs: { show_if: { variable: "customer.first_name", operator: "is_not_empty" } },
    content: [
      { type: "text", text: "Dear " },
      { type: "variable", attrs: { path: "customer.first_name", fallback: "guest" } },
    ],
  },
];
const OPERATORS = [{ name: "is_not_empty", label: "is not empty", types: ["string"], value: "none" }];

beforeAll(standInForLayout);
afterEach(cleanup);

function editor(props: Partial<BlockEditorProps> = {}) {
  return (
    <BlockEditor
      label="E-mail"
      describedBy={undefined}
      isInvalid={false}
      value={GREETING}
      variables={[]}
      operators={OPERATORS}
      problems={[]}
      isReadOnly={false}
      onChange={() => undefined}
      {...props}
    />
  );
}

it("shows chips by their names with fallbacks, and conditions in words", async () => {
  render(editor());
  expect(screen.getByRole("textbox", { name: "E-mail" }).textContent).toBe(
    "You are bookedDear Guest's first name or “guest”",
  );
  await waitFor(() =>
    expect(document.querySelector("[data-condition]")?.getAttribute("data-condition")).toBe(
      "Shown if Guest's first name is not empty",
    ),
  );
});

it("shows a problem at the block that it names", async () => {
  render(editor({ isInvalid: true, problems: [{ field: "blocks.1", text: "Unknown variable." }] }));
  await waitFor(() => expect(document.querySelector(".block--bad")?.textContent).toContain("Dear"));
  expect(document.querySelector(".block--bad")?.getAttribute("data-problem")).toBe("Unknown variable.");
  expect(screen.getByRole("textbox", { name: "E-mail" }).getAttribute("aria-invalid")).toBe("true");
});

it("hands on nothing by itself, and takes what comes from outside", async () => {
  const onChange = vi.fn();
  const { rerender } = render(editor({ onChange }));
  rerender(editor({ onChange, value: [{ type: "paragraph", content: [{ type: "text", text: "Discarded" }] }] }));
  await waitFor(() => expect(screen.getByRole("textbox", { name: "E-mail" }).textContent).toBe("Discarded"));
  expect(onChange).not.toHaveBeenCalled();
});

it("deletes a block by its menu, brings it back, and hands on the very blocks that it began with", async () => {
  const onChange = vi.fn();
  render(editor({ onChange }));
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "Actions for Heading 1" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
  await waitFor(() => expect(onChange).toHaveBeenLastCalledWith([GREETING[1]]));
  await user.click(screen.getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(onChange.mock.lastCall?.[0]).toBe(GREETING));
});

it("offers a viewer nothing to press", () => {
  render(editor({ isReadOnly: true }));
  expect(screen.queryAllByRole("button")).toEqual([]);
  expect(screen.getByRole("textbox", { name: "E-mail" }).getAttribute("contenteditable")).toBe("false");
});
