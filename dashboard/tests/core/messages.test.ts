// Messages in words, and the seal of their frame.
// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { lineOf, outcomeWords, reportsOf, sealed, sendsMessages, stateOf } from "../../src/core/messages";

const message = { channel: "email", template_name: "Booking confirmation", to: "a…@example.com" } as const;

describe("a sent message", () => {
  it("is named by channel, template and recipient", () => {
    expect(lineOf(message)).toBe("E-mail “Booking confirmation” to a…@example.com");
    expect(lineOf({ ...message, channel: "sms", to: "+49…89" })).toBe("SMS “Booking confirmation” to +49…89");
  });

  it("has its state in a word", () => {
    expect(stateOf("delivered")).toEqual({ word: "Delivered", tone: "good" });
    expect(stateOf("unknown").word).toBe("Not known");
  });

  it("lists its reports by time", () => {
    const times = { delivered: "2026-12-01T10:00:00+01:00", accepted: "2026-12-01T08:59:00Z", opened: "2026-12-01T11:00:00Z" };
    expect(reportsOf({ times }).map(([state]) => state)).toEqual(["accepted", "delivered", "opened"]);
  });

  it("comes of the actions that send", () => {
    expect(["send_template", "send_survey_email", "webhook"].map(sendsMessages)).toEqual([true, true, false]);
  });
});

describe("the seal of a frame", () => {
  it("stands before everything that the message holds", () => {
    const hostile = "<!-- <head> --><head><meta http-equiv=refresh content='0;url=https://evil.example'>";
    const document = new DOMParser().parseFromString(sealed(hostile), "text/html");
    const [first] = document.head.children;
    expect(first?.getAttribute("http-equiv")).toBe("Content-Security-Policy");
    expect(first?.getAttribute("content")).toMatch(/^default-src 'none'; style-src 'unsafe-inline'; img-src data:$/);
  });

  it("leaves the document in standards mode with its own language and body", () => {
    const html = "<!doctype html><html lang='he' dir='rtl'><head><title>T</title></head><body class='x'><p>Hi</p></body></html>";
    const document = new DOMParser().parseFromString(sealed(html), "text/html");
    expect(document.compatMode).toBe("CSS1Compat");
    expect(document.documentElement.getAttribute("dir")).toBe("rtl");
    expect(document.body.className).toBe("x");
  });
});

describe("what a step did", () => {
  it("is a note's text, a task's title, a webhook's status, a new status", () => {
    expect(outcomeWords("add_booking_note", { text: "Moved" })).toBe("Moved");
    expect(outcomeWords("create_task", { title: "Call Ada" })).toBe("Call Ada");
    expect(outcomeWords("webhook", { status: 204 })).toBe("Answered with status 204");
    expect(outcomeWords("update_booking", { new_status: "no_show" })).toBe("New status: No show");
    expect(outcomeWords("webhook", {})).toBe("");
    expect(outcomeWords("send_template", { emails: [] })).toBe("");
  });
});
