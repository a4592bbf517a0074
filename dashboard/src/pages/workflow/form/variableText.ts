// Puts a variable into a text where the cursor is.
export function insertAtCursor(
  input: HTMLInputElement | HTMLTextAreaElement | null,
  value: string,
  insertion: string,
): string {
  const start = input?.selectionStart ?? value.length;
  const end = input?.selectionEnd ?? start;
  return value.slice(0, start) + insertion + value.slice(end);
}
