// A document that takes another's place gets a frame of its own: Chromium may leave a reused one white.
// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { SandboxedFrame } from "../../src/components/SandboxedFrame";

afterEach(cleanup);

it("shows another document in another frame, the same one in the same", () => {
  const frame = (html: string) => <SandboxedFrame title="E-mail" html={html} />;
  const { rerender } = render(frame("<p>one"));
  const first = screen.getByTitle("E-mail");
  rerender(frame("<p>one"));
  expect(screen.getByTitle("E-mail")).toBe(first);
  rerender(frame("<p>two"));
  expect(screen.getByTitle("E-mail")).not.toBe(first);
  expect(screen.getByTitle("E-mail").getAttribute("srcdoc")).toBe("<p>two");
  expect(screen.getByTitle("E-mail").getAttribute("sandbox")).toBe("");
});
