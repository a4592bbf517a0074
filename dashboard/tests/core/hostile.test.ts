// Stored data never takes the dashboard away: what reads a draft reads any draft.
import { describe, expect, it } from "vitest";
import { toCanvas } from "../../src/core/canvas";
import { handlesOf, type Catalogue } from "../../src/core/catalogue";
import { superposed } from "../../src/core/difference";
import { bridged, configured, inserted } from "../../src/core/edit";
import type { Graph, GraphNode } from "../../src/core/graph";
import { freePlace, placeAfter, tidied, withRoomBefore } from "../../src/core/layout";
import { needsOf } from "../../src/core/needs";
import { groupOf, isComparison, ruleOf, type Rule } from "../../src/core/rules";
import { sketchOf } from "../../src/core/sketch";
import { summaryOf } from "../../src/core/summary";
import { byDay, explained, momentOf, relative, relativeDay, typedTime, wallTime, written } from "../../src/core/times";
import { CATALOGUE } from "./catalogue";
import { HOSTILE_RULES, HOSTILE_STEPS } from "./hostile";
import { chain, node } from "./samples";

const HUGE = [1e19, -1e19, 1e308, -1e308, 1e6];

describe("a place far beyond the canvas", () => {
  it.each(HUGE)("ends the search for a free place beside %d", (far) => {
    const graph = at(far);
    expect(freePlace(graph, { x: far, y: far })).toBeTruthy();
    const first = graph.nodes[0];
    expect(isFinitePlace(placeAfter(graph, first))).toBe(true);
    expect(isFinitePlace(withRoomBefore(graph, graph.nodes[1]!).place)).toBe(true);
  });

  it.each(HUGE)("lets two versions be compared that have steps at %d", (far) => {
    const removed = { ...at(far), nodes: [...at(far).nodes, { ...node("old"), position: { x: far, y: far } }] };
    expect(superposed(removed, at(far)).graph.nodes).toHaveLength(3);
  });

  it.each(HUGE)("is shown where the canvas can go, and tidied, from %d", (far) => {
    for (const { position } of toCanvas(at(far)).nodes) {
      expect(Math.abs(position.x)).toBeLessThanOrEqual(1e6);
      expect(Math.abs(position.y)).toBeLessThanOrEqual(1e6);
    }
    for (const { position } of tidied(at(far)).nodes) expect(Math.abs(position.x)).toBeLessThan(1e4);
  });
});

describe("a rule that is none", () => {
  it.each(HOSTILE_RULES)("is read: %s", (_, stored) => {
    expect(() => walked(ruleOf(stored))).not.toThrow();
  });

  it("keeps what is right in it, and what a later version adds to a comparison", () => {
    const right = { variable: "booking.status", operator: "equals", value: "x", later: 1 };
    expect(ruleOf({ all: [null, right] })).toEqual({ all: [{ all: [] }, right] });
    expect(ruleOf({ not: { any: [right] } })).toEqual({ not: { any: [right] } });
  });
});

describe("a step with a configuration that is wrong", () => {
  it.each(HOSTILE_STEPS)("is shown, changed and removed: %s", (_, step) => {
    const graph = around(step);
    expect(typeof summaryOf(step, CATALOGUE as Catalogue, (_, id) => id)).toBe("string");
    const handles = handlesOf(step).map((handle) => handle.id);
    expect(new Set(handles).size).toBe(handles.length);
    expect(toCanvas(graph).nodes.length).toBe(graph.nodes.length);
    expect(sketchOf(graph).signs.length).toBe(graph.nodes.length);
    expect(tidied(graph).nodes.length).toBe(graph.nodes.length);
    expect(needsOf(graph).secrets).toEqual([]);
    expect(configured(graph, step.id, {}).nodes.length).toBe(graph.nodes.length);
    expect(bridged(graph, step.id).nodes.length).toBe(graph.nodes.length - 1);
    expect(inserted(graph, "e0", node("new")).nodes.length).toBe(graph.nodes.length + 1);
  });
});

describe("a time that is none", () => {
  it.each(["jazz", "", "jazz+02:00", "9999999-01-01T00:00:00Z", "2026-13-45T99:99:99Z", "+275760-09-13T00:00:00Z"])(
    "is shown as it stands, or as nothing: %s",
    (stored) => {
      for (const zone of ["Europe/Oslo", "Pacific/Kiritimati"]) {
        expect(() => [typedTime(stored, zone), wallTime(stored, zone), relative(stored, zone), relativeDay(stored, zone)]).not.toThrow();
        expect(written(stored, zone, "minutes", "en")).toBeTypeOf("string");
        expect(explained(stored, zone, "UTC", "en")).toBeTypeOf("string");
        expect(byDay([{ at: stored }], zone)).toHaveLength(1);
      }
    },
  );

  it("shows a text that is no time as that text", () => {
    expect(written("jazz", "UTC", "minutes")).toBe("jazz");
    expect(typedTime("jazz", "UTC")).toBe("");
  });

  it("gives no moment for what is no time", () => {
    expect(momentOf("2026-13-45T99:99", "UTC")).toBeNull();
    expect(momentOf("2026-06-12T18:30", "UTC")).toBe("2026-06-12T18:30:00.000Z");
  });
});

function at(far: number): Graph {
  const graph = chain("trigger", "a");
  return { ...graph, nodes: graph.nodes.map((each) => ({ ...each, position: { x: far, y: far } })) };
}

function around(step: GraphNode): Graph {
  const graph = chain("start", "next");
  return { ...graph, nodes: [...graph.nodes, step] };
}

function isFinitePlace({ x, y }: { x: number; y: number }): boolean {
  return Math.abs(x) <= 1e6 && Math.abs(y) <= 1e6;
}

function walked(rule: Rule): void {
  if (isComparison(rule)) {
    rule.variable.toUpperCase();
    rule.operator.toUpperCase();
    return;
  }
  groupOf(rule).rules.forEach(walked);
}
