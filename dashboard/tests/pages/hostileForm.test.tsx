// The form of a step opens with any stored configuration, and leaves what nobody touched as it was.
// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { schemaOf, type Catalogue } from "../../src/core/catalogue";
import { formOf } from "../../src/core/forms";
import type { GraphNode } from "../../src/core/graph";
import { ConfigForm } from "../../src/pages/workflow/form/ConfigForm";
import { CATALOGUE } from "../core/catalogue";
import { HOSTILE_STEPS } from "../core/hostile";
import { node } from "../core/samples";

vi.mock("../../src/currentLocation", () => ({
  useCurrentLocation: () => ({ zone: "Europe/Oslo", locationId: "fjordline" }),
  useApi: () => ({ GET: () => Promise.resolve({ data: { items: [] } }), useQuery: () => ({}) }),
}));

afterEach(cleanup);

describe("the form of a step", () => {
  it.each(HOSTILE_STEPS)("opens with %s", (_, step) => {
    const problems = vi.spyOn(console, "error");
    expect(() => shown(step)).not.toThrow();
    expect(problems).not.toHaveBeenCalled();
  });

  it("removes one wrong case and keeps the others as they are", async () => {
    const onChange = shown(node("strange", "switch", { cases: [null, { id: "a", name: "A", rule: { not: null } }] }));
    await userEvent.click(screen.getAllByRole("button", { name: "Remove" })[0]!);
    expect(onChange).toHaveBeenCalledWith({ cases: [{ id: "a", name: "A", rule: { not: null } }] });
  });
});

function shown(step: GraphNode) {
  const onChange = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ConfigForm
        fields={formOf(schemaOf(CATALOGUE as Catalogue, step))}
        values={step.config ?? {}}
        problems={[]}
        variables={[]}
        isReadOnly={false}
        onChange={onChange}
      />
    </QueryClientProvider>,
  );
  return onChange;
}
