// Deliveries in words.
import { describe, expect, it } from "vitest";
import { answerText, causeOf, outcomeOf, requestText, took, type Delivery } from "../../src/core/deliveries";

const request: Delivery["request"] = {
  method: "POST",
  url: "https://crm.example.com/hook",
  headers: { authorization: "***", "webhook-id": "msg_1" },
  body: '{"name":"Ada"}',
  body_cut: false,
};
const answer = { status: 200, headers: { "content-type": "text/plain" }, body: "ok", body_cut: false, charset_note: null };

describe("how a delivery ended", () => {
  it("is its status, or that no answer came", () => {
    expect(outcomeOf({ answer, error_message: null })).toEqual({ tone: "good", word: "Status 200" });
    expect(outcomeOf({ answer: { ...answer, status: 404 }, error_message: "No" })).toEqual({
      tone: "bad",
      word: "Status 404",
    });
    expect(outcomeOf({ answer: null, error_message: "Broken" })).toEqual({ tone: "bad", word: "No answer" });
  });

  it("is a success where the step says that the status is one", () => {
    expect(outcomeOf({ answer: { ...answer, status: 409 }, error_message: null }).tone).toBe("good");
  });
});

it.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1000, "1.0 s"],
  [20_040, "20.0 s"],
])("writes %i ms as %s", (ms, text) => {
  expect(took(ms)).toBe(text);
});

it.each([
  ["step", "", "By the workflow"],
  ["resend", "Grace", "Sent again by Grace"],
  ["test", "Grace", "Test by Grace"],
  ["test", "", "Test"],
] as const)("says who caused a %s", (cause, sent_by, words) => {
  expect(causeOf({ cause, sent_by })).toBe(words);
});

it("writes a request with its headers, and JSON over lines", () => {
  expect(requestText({ request })).toBe(
    'POST https://crm.example.com/hook\nauthorization: ***\nwebhook-id: msg_1\n\n{\n  "name": "Ada"\n}',
  );
});

it("leaves other bodies as they are, and marks those that were cut", () => {
  expect(answerText({ ...answer, body_cut: true })).toBe("Status 200\ncontent-type: text/plain\n\nok …");
  expect(requestText({ request: { ...request, body: null } })).not.toContain("\n\n");
});
