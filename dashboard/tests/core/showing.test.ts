// What is shown of graphs, changes, previews and simulations.
import { describe, expect, it } from "vitest";
import { readableChange } from "../../src/core/audit";
import { needsOf } from "../../src/core/needs";
import { plainContent, previewable, textOfAll, valuesFrom } from "../../src/core/rendering";
import { changesOf, markedEntries, type Entry, type Simulation } from "../../src/core/simulation";
import { SIGN, sketchOf } from "../../src/core/sketch";
import { chain, galleryGraphs, node } from "./samples";

describe("a sketch", () => {
  it("of each ready-made workflow shows every step and edge, and nothing lies over another", () => {
    for (const [name, graph] of galleryGraphs()) {
      const { signs, edges, width, height } = sketchOf(graph);
      expect(signs, name).toHaveLength(graph.nodes.length);
      expect(edges, name).toHaveLength(graph.edges.length);
      for (const [index, sign] of signs.entries()) {
        expect(sign.x + SIGN, name).toBeLessThanOrEqual(width);
        expect(sign.y + SIGN, name).toBeLessThanOrEqual(height);
        for (const other of signs.slice(index + 1)) {
          const apart = Math.abs(sign.x - other.x) >= SIGN || Math.abs(sign.y - other.y) >= SIGN;
          expect(apart, `${name}: ${sign.node.id} and ${other.node.id}`).toBe(true);
        }
      }
    }
  });

  it("goes from the trigger at the left to the right", () => {
    const places = sketchOf(chain("t", "a", "b")).signs.map(({ x }) => x);
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(new Set(places).size).toBe(3);
  });

  it("of nothing is empty", () => {
    expect(sketchOf({ schema_version: 1, nodes: [], edges: [], notes: [] }).signs).toEqual([]);
  });
});

describe("what a workflow needs", () => {
  it("is named once, secrets in any text included", () => {
    const graph = chain("t");
    graph.nodes.push(
      node("a", "send_template", { template: "hello" }),
      node("b", "send_survey_email", { survey: "after", template: "hello" }),
      node("c", "webhook", { headers: { "X-Key": "{{ secret.crm-token }}" }, body: "{{secret.crm-token}}" }),
    );
    expect(needsOf(graph)).toEqual({ templates: ["hello"], surveys: ["after"], secrets: ["crm-token"] });
  });
});

describe("a change in the audit log", () => {
  it("is shown field by field, without what every save changes", () => {
    const { fields } = readableChange(
      { revision: 1, updated_at: "x", quiet_hours: { start: "21:00", end: "08:00" } },
      { revision: 2, updated_at: "y", quiet_hours: { start: "22:00", end: "08:00" } },
    );
    expect(fields).toEqual([{ field: "quiet_hours.start", before: "21:00", after: "22:00" }]);
  });

  it("of a graph is a graph's, also where there was none before", () => {
    const { fields, graphs } = readableChange(null, { name: "New", note: null, draft: chain("t", "a") });
    expect(fields.map(({ field }) => field)).toEqual(["name"]);
    expect(graphs.map(({ field, before, after }) => [field, before.nodes.length, after.nodes.length])).toEqual([
      ["draft", 0, 2],
    ]);
  });
});

describe("a preview", () => {
  const groups = [
    {
      title: "Booking",
      variables: ["booking.id", "booking.note", "steps.a.status"].map((path) => ({
        path,
        kind: "string" as const,
        description: "",
        example: "",
        optional: true,
        of_items: false,
      })),
    },
  ];

  it("asks for every variable at once, and gives each its value", () => {
    const asked = textOfAll(groups);
    expect(asked).toContain("booking.note");
    expect(asked).not.toContain("steps.");
    const rendered = asked
      .replace(/\{\{ booking.id [^}]*\}\}/, "bk-1")
      .replace(/\{\{ booking.note \| default\("(.)"\) \}\}/, "$1");
    expect(Object.fromEntries(valuesFrom(groups, rendered))).toEqual({
      "booking.id": "bk-1",
      "booking.note": "nothing",
    });
  });

  it("sends no secret's name, and marks steps that no preview knows", () => {
    expect(previewable("plain")).toBeNull();
    expect(previewable("{{ secret.token }} {{ steps.a.status }} {{ booking.id }}")).toBe(
      "*** ‹steps.a.status› {{ booking.id }}",
    );
    expect(plainContent("x").text).toBe("x");
  });
});

describe("a simulation", () => {
  const entry = (what: string, part: Partial<Entry> = {}): Entry => ({
    at: "2026-06-01T10:00:00Z",
    kind: "done",
    workflow_id: "w",
    workflow_name: "W",
    event_type: "Booking Created",
    execution_id: null,
    edited: false,
    messages: [],
    node_id: what,
    node_name: what,
    what,
    reason_code: null,
    reason: null,
    details: {},
    ...part,
  });
  const mine = entry("send", { details: { plan: { subject: "New" } } });
  const theirs = entry("send", { details: { plan: { subject: "Old" } } });
  const simulation: Simulation = {
    booking_id: "bk-1",
    until: "2026-06-02T10:00:00Z",
    history: [],
    history_complete: true,
    draft: { revision: 2, entries: [mine, entry("note"), entry("note")] },
    published: { version: 1, entries: [theirs, entry("note")] },
    differences: [
      { kind: "changed", draft: mine, published: theirs },
      { kind: "only_draft", draft: entry("note"), published: null },
    ],
  };

  it("marks each entry on its own side, and one of two same entries once", () => {
    const marks = (side: "draft" | "published") =>
      markedEntries(simulation, side).map(({ difference }) => difference?.kind ?? null);
    expect(marks("draft")).toEqual(["changed", "only_draft", null]);
    expect(marks("published")).toEqual(["changed", null]);
  });

  it("shows what the draft does differently", () => {
    expect(changesOf({ kind: "changed", draft: mine, published: theirs })).toEqual([
      { field: "plan.subject", before: "Old", after: "New" },
    ]);
    expect(changesOf({ kind: "only_draft", draft: mine, published: null })).toEqual([]);
  });
});
