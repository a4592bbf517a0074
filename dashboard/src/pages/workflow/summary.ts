// Says in a few words how a node is configured, for the canvas.
import type { GraphNode } from "../../core/graph";
import { groupOf, isComparison, ruleOf, type Rule } from "../../core/rules";
import { words } from "../../core/forms";

const LONGEST = 44;

export function summaryOf(node: GraphNode): string {
  const config = node.config ?? {};
  return shortened(describe(node.type, config));
}

function describe(type: string, config: Readonly<Record<string, unknown>>): string {
  const text = (name: string) => textOf(config[name]);
  switch (type) {
    case "trigger":
      return text("event") === "Booking Reminder" ? reminder(config) : "Starts the workflow";
    case "send_template":
      return text("template") && `${text("template")} → ${text("recipient_type") || "customer"}`;
    case "send_survey_email":
      return text("survey");
    case "update_booking":
      return text("value") && `${text("field") || "status"} → ${text("value").replace("_", " ")}`;
    case "add_booking_note":
      return text("note");
    case "webhook":
      return text("url") && `${text("method") || "POST"} ${text("url").replace(/^https?:\/\//, "")}`;
    case "create_task":
      return text("title");
    case "delay":
      return delay(config);
    case "condition":
      return ruleInWords(ruleOf(config["rule"]));
    case "switch":
      return Array.isArray(config["cases"]) ? `${config["cases"].length} cases` : "";
    default:
      return "";
  }
}

function reminder(config: Readonly<Record<string, unknown>>): string {
  const amount = textOf(config["offset_value"]) || "24";
  const unit = textOf(config["offset_unit"]) || "hours";
  return `${amount} ${unit} ${config["relative_to"] === "after_end" ? "after the end" : "before the start"}`;
}

function delay(config: Readonly<Record<string, unknown>>): string {
  const amount = `${textOf(config["value"])} ${textOf(config["unit"])}`.trim();
  if (!amount) return "";
  if (config["kind"] !== "until") return `for ${amount}`;
  return `until ${amount} ${textOf(config["direction"]) || "before"} the ${textOf(config["anchor"]) || "start"}`;
}

function ruleInWords(rule: Rule): string {
  if (isComparison(rule)) {
    return `${rule.variable} ${words(rule.operator).toLowerCase()} ${textOf(rule.value)}`.trim();
  }
  const group = groupOf(rule);
  const first = group.rules[0];
  if (!first) return "";
  if (group.rules.length === 1 && !group.negated) return ruleInWords(first);
  const name = group.negated ? (group.kind === "any" ? "none" : "not all") : group.kind;
  return `${name} of ${group.rules.length} rules`;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return "";
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
