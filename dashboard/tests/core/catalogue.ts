// A catalogue with a field of every kind, for tests of what is done with any configuration.

const text = { type: "string" };

const OPERATORS = [
  { name: "equals", label: "is", types: [], value: "one" },
  { name: "in", label: "is one of", types: [], value: "many" },
  { name: "weekday_in", label: "is on a weekday of", types: [], value: "weekdays" },
  { name: "hour_between", label: "is at an hour between", types: [], value: "hours" },
  { name: "greater_than", label: "is more than", types: [], value: "order" },
  { name: "before", label: "is before", types: [], value: "moment" },
  { name: "within_next", label: "is within the next", types: [], value: "duration" },
];

const rule = { format: "rule", "x-operators": OPERATORS };

const described = (type: string, summary: string, properties: object) => ({
  type,
  title: type,
  description: type,
  summary,
  icon: type,
  outputs: [],
  config_schema: { properties },
});

const variable = (path: string, kind: string) => ({ path, kind, description: path, example: null, optional: false, of_items: false });

export const CATALOGUE: unknown = {
  triggers: [
    {
      event: "Booking Created",
      icon: "created",
      summary: "{event}",
      description: "",
      variables: [variable("booking.status", "string"), variable("booking.start_time", "datetime"), variable("booking.total", "money")],
      config_schema: { properties: { event: text } },
    },
  ],
  actions: [
    described("send", "{template} → {body}", {
      template: { ...text, format: "template-id" },
      survey: { ...text, format: "survey-id" },
      languages: { type: "array", items: text },
      days: { type: "array", items: { enum: ["monday"] } },
      headers: { type: "object", format: "variables-headers" },
      body: { ...text, format: "variables-json" },
      is_urgent: { type: "boolean" },
      window: {
        type: "object",
        properties: { start: text, end: text, days: { type: "array", items: { enum: ["monday"] } } },
      },
    }),
  ],
  flow_nodes: [
    described("condition", "", { rule }),
    described("switch", "", { cases: { type: "array", items: { properties: { id: text, name: text, rule } } } }),
    described("delay", "", {
      kind: { enum: ["for", "until"], default: "for" },
      value: { type: "integer" },
      unit: { enum: ["minutes", "hours", "days"] },
      at: { type: "string", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$" },
    }),
  ],
};
