// Problems show after their field was left, at once where they were there before, and go while it is typed in.
import { describe, expect, it } from "vitest";
import { NOTHING_WORKED_ON, shownByNow, type WorkedOn } from "../../src/core/held";
import type { Problem } from "../../src/core/problems";

const problem = (node_id: string | null, field: string): Problem => ({ node_id, edge_id: null, field, reason: field, remedy: "", severity: "error" });
const TEMPLATE = problem("new", "config.template");
const RULE = problem("new", "config.cases[0].rule.all[0].variable");
const UNCONNECTED = problem("new", "");
const OTHER = problem("old", "config.url");
const ALL = [TEMPLATE, RULE, UNCONNECTED, OTHER];

const shown = (on: Partial<WorkedOn>) => shownByNow(ALL, { ...NOTHING_WORKED_ON, ...on });

describe("the problems that show", () => {
  it.each<[string, Partial<WorkedOn>, Problem[]]>([
    ["all, while no step is worked on", {}, ALL],
    ["all of a step that was there before", { nodeId: "new" }, ALL],
    ["none of a step that was added just now", { nodeId: "new", isNew: true }, [OTHER]],
    ["those of its fields that were left", { nodeId: "new", isNew: true, left: new Set(["template"]) }, [TEMPLATE, OTHER]],
    ["those inside of what was left", { nodeId: "new", isNew: true, left: new Set(["cases[0].rule"]) }, [RULE, OTHER]],
    ["not those of the field that is typed in", { nodeId: "new", typing: "template" }, [RULE, UNCONNECTED, OTHER]],
    ["not those of a field of a similar name", { nodeId: "new", isNew: true, left: new Set(["temp"]) }, [OTHER]],
  ])("are %s", (_, on, wanted) => {
    expect(shown(on)).toEqual(wanted);
  });
});
