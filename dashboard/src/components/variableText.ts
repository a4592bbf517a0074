// Puts a variable into a text where the cursor is.

/** Returns the text with the insertion in the place of what is selected; the cursor then stands behind it. */
export function insertAtCursor(
  input: HTMLInputElement | HTMLTextAreaElement | null,
  value: string,
  insertion: string,
): string {
  if (!input) return value + insertion;
  const start = input.selectionStart ?? value.length;
  input.setRangeText(insertion, start, input.selectionEnd ?? start, "end");
  return input.value;
}
