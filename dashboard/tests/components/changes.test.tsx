// What the list of changes shows of a workflow's name and description.
// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { Changes } from "../../src/components/Changes";
import { chain } from "../core/samples";

const graph = chain("t");

afterEach(cleanup);

it("shows a description that was changed", () => {
  render(<Changes before={{ graph, name: "a", description: "Old" }} after={{ graph, name: "a", description: "New" }} />);
  expect(screen.getByText("Old").tagName).toBe("DEL");
  expect(screen.getByText("New").tagName).toBe("INS");
});

it.each([null, undefined])("compares none with a version that kept none (%s)", (description) => {
  render(<Changes before={{ graph, name: "a", description }} after={{ graph, name: "a", description: "New" }} />);
  expect(screen.getByText("Nothing has changed.")).toBeTruthy();
});
