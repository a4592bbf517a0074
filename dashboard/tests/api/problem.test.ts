// A rejected save in words: what is wrong, not which part of the answer says so.
import { describe, expect, it } from "vitest";
import { ApiError, problemOf, rejectionOf } from "../../src/api/problem";

async function rejected(errors: { field: string; reason: string; remedy?: string }[]): Promise<ApiError> {
  const detail = "Correct the fields that `errors` names.";
  return new ApiError(await problemOf(new Response(JSON.stringify({ detail, errors }), { status: 422 })));
}

describe("a rejected save", () => {
  it("says what is wrong in each field, each text once", async () => {
    const tooLarge = { field: "body.draft", reason: "Value error, The graph is larger than 256 KiB. Split it." };
    expect(rejectionOf(await rejected([tooLarge, tooLarge]))).toBe("The graph is larger than 256 KiB. Split it.");
  });

  it("says what the answer says where it names no field", async () => {
    expect(rejectionOf(await rejected([]))).toBe("Correct the fields that `errors` names.");
    expect(rejectionOf(new Error("No connection."))).toBe("No connection.");
  });
});
