// Names of exported files.
import { expect, it } from "vitest";
import { slug } from "../../src/components/files";

it.each([
  ["Booking Confirmation", "booking-confirmation"],
  ["Напоминание за день", "напоминание-за-день"],
  ["उत्तर / 予約", "उत्तर-予約"],
  ["Frühstück!", "frühstück"],
  ["***", "workflow"],
])("%s is saved as %s", (name, file) => {
  expect(slug(name)).toBe(file);
});
