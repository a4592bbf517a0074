// A line of text and its chips: what is stored comes back byte for byte, and what a chip cannot show stays text.
import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lineOfNodes, nodesOfLine } from "../../src/core/lines";

const GALLERY = join(import.meta.dirname, "../../../layers/bookflow/python/bookflow/gallery/templates");
const chip = (path: string, fallback: string | null = null, format: string | null = null) => ({ path, fallback, format });
const chipsOf = (text: string) =>
  nodesOfLine(text).flatMap(({ attrs }) => {
    if (!attrs) return [];
    const { source: _source, ...shown } = attrs;
    return [shown];
  });

describe("a stored line", () => {
  it("comes back as it was", () => {
    const part = fc.constantFrom(
      "{{", "}}", "{%", "%}", " | ", "default", "('", "')", '("', '")', ", true", "customer.first_name", "date", "'", '"', "\\", "|",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
        expect(lineOfNodes(nodesOfLine(parts.join("")))).toBe(parts.join(""));
      }),
      { numRuns: 2000 },
    );
  });

  it("shows a chip for each value with a fallback and a format", () => {
    expect(chipsOf("Dear {{ customer.first_name }}!")).toEqual([chip("customer.first_name")]);
    expect(chipsOf("{{customer.first_name|default('friend')}}")).toEqual([chip("customer.first_name", "friend")]);
    expect(chipsOf('{{ event.reason | default("it\'s {off}", true) }}')).toEqual([chip("event.reason", "it's {off}")]);
    expect(chipsOf("{{ booking.start_time | date('long') | default('soon', true) }}")).toEqual([
      chip("booking.start_time", "soon", "date_long"),
    ]);
    expect(chipsOf("{{ booking.start_time | time }} {{ activity.name | upper }}")).toEqual([
      chip("booking.start_time", null, "time"),
      chip("activity.name", null, "upper"),
    ]);
  });

  it.each([
    "{% if customer %}Dear{% endif %}",
    "{{ booking.guests[0].name }}",
    "{{ a + b }}",
    "{{ event.reason | truncate(20) }}",
    "{{ event.reason | default(other) }}",
    "{{ booking.start_time | date('medium') }}",
    "{{ a | upper | lower }}",
    "{{ a | }}",
    "{{- a }}",
    "{{ a",
  ])("keeps %s as text", (text) => {
    expect(nodesOfLine(text)).toEqual([{ type: "text", text }]);
  });

  it("has chips alone in each ready-made template, but for a value that stands in for another", () => {
    const subjects = readdirSync(GALLERY)
      .filter((name) => name.endsWith(".json"))
      .map((name) => (JSON.parse(readFileSync(join(GALLERY, name), "utf8")) as { subject?: string }).subject ?? "");
    expect(subjects.some((subject) => subject.includes("{{"))).toBe(true);
    const left = subjects.flatMap(nodesOfLine).flatMap(({ text = "" }) => text.match(/\{\{.*?\}\}/g) ?? []);
    expect(left.filter((expression) => !expression.includes("default(event."))).toEqual([]);
  });
});

describe("a chip that is changed", () => {
  const changed = (text: string, part: object) =>
    lineOfNodes(nodesOfLine(text).map((node) => (node.attrs ? { ...node, attrs: { ...node.attrs, ...part } } : node)));

  it("is written anew, in the order in which blocks write theirs", () => {
    expect(changed("Hi {{ customer.first_name }}", { fallback: "friend" })).toBe(
      "Hi {{ customer.first_name | default('friend', true) }}",
    );
    expect(changed("{{a|default('x')}}", { fallback: null })).toBe("{{ a }}");
    expect(changed("{{ booking.start_time }}", { format: "date_short", fallback: "soon" })).toBe(
      "{{ booking.start_time | date('short') | default('soon', true) }}",
    );
  });

  it("keeps any fallback, quotation marks and all", () => {
    fc.assert(
      fc.property(fc.string(), (fallback) => {
        const text = changed("{{ a }}", { fallback });
        if (!fallback.includes("\n")) expect(chipsOf(text)).toEqual([chip("a", fallback)]);
      }),
    );
  });
});
