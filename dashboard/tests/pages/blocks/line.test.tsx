// @vitest-environment jsdom
// The editor of a line: chips by their names, and the text as it is stored.
import type { Editor } from "@tiptap/core";
import { cleanup, configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import LineEditor, { type LineEditorProps } from "../../../src/pages/templates/line/LineEditor";
import { standInForLayout } from "./unmeasured";

// A busy machine takes its time.
configure({ asyncUtilTimeout: 15_000 });

beforeAll(standInForLayout);
afterEach(cleanup);

function line(props: Partial<LineEditorProps> = {}) {
  return (
    <LineEditor
      label="Subject"
      describedBy={undefined}
      isInvalid={false}
      isRequired
      isReadOnly={false}
      value="Welcome {{ customer.first_name | default('friend') }}!"
      variables={[]}
      maxLength={1000}
      standIn={undefined}
      onChange={() => undefined}
      {...props}
    />
  );
}

const text = () => screen.getByRole("textbox", { name: "Subject" }).textContent;

it("shows chips by their names, hands on nothing by itself, and takes what comes from outside", async () => {
  const onChange = vi.fn();
  const { rerender } = render(line({ onChange }));
  expect(text()).toBe("Welcome Guest's first name or “friend”!");
  rerender(line({ onChange, value: "Goodbye {{ activity.name }}" }));
  await waitFor(() => expect(text()).toBe("Goodbye Activity"));
  expect(onChange).not.toHaveBeenCalled();
});

it("says what is wrong with it, and offers a viewer nothing to press", async () => {
  const { rerender } = render(line({ isInvalid: true, describedBy: "why" }));
  const box = screen.getByRole("textbox", { name: "Subject" });
  expect(box.getAttribute("aria-invalid")).toBe("true");
  expect(box.getAttribute("aria-describedby")).toBe("why");
  rerender(line({ isReadOnly: true }));
  await waitFor(() => expect(screen.getByRole("textbox").getAttribute("contenteditable")).toBe("false"));
  expect(screen.queryAllByRole("button")).toEqual([]);
  expect(screen.getByRole("textbox").getAttribute("aria-invalid")).toBe("false");
});

it("puts a variable in as a chip, and hands the text on as it is stored", async () => {
  const onChange = vi.fn();
  const first = { path: "customer.first_name", kind: "string", description: "", example: "Ada", optional: true, of_items: false };
  const variables = [{ title: "Customer", variables: [first] }] as unknown as LineEditorProps["variables"];
  render(line({ value: "Hi", variables, onChange }));
  const user = userEvent.setup();
  await user.click(screen.getByRole("button", { name: "Insert a variable into Subject" }));
  await user.type(await screen.findByLabelText("Search variables"), "first name{Enter}");
  await waitFor(() => expect(onChange).toHaveBeenCalled());
  expect(onChange.mock.lastCall?.[0]).toContain("{{ customer.first_name | default('', true) }}");
  expect(text()).toContain("Guest's first name");
});

it("takes a variable that was typed whole as a chip, its braces with it", () => {
  const onChange = vi.fn();
  render(line({ value: "Hi", onChange }));
  const { editor } = screen.getByRole("textbox", { name: "Subject" }) as unknown as { editor: Editor };
  const { view } = editor;
  const end = view.state.doc.content.size - 1;
  const typed = " {{ customer.first_name }}";
  const insert = () => view.state.tr.insertText(typed, end);
  view.someProp("handleTextInput", (handle) => handle(view, end, end, typed, insert));
  expect(onChange.mock.lastCall?.[0]).toBe("Hi {{ customer.first_name }}");
  expect(text()).toBe("Hi Guest's first name");
});
