// Saves a workflow or a guest's data as a file, and reads a workflow that was dropped or chosen.
import type { WorkflowFile } from "../api/workflows";

const MAX_BYTES = 1_000_000;

export function download(file: WorkflowFile): void {
  saveJson(file.name, file);
}

/** Saves a value as a file in the browser's folder for downloads. */
export function saveJson(name: string, value: object): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${slug(name)}.json`;
  link.click();
  URL.revokeObjectURL(address);
}

/**
 * Reads an exported workflow.
 *
 * @throws Error It is not one; the message says what to do.
 */
export async function readWorkflowFile(file: File): Promise<WorkflowFile> {
  if (file.size > MAX_BYTES) throw new Error(`${file.name} is too large to be a workflow. Drop a file that was exported from Bookflow.`);
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is not a workflow file. Drop a file that was exported from Bookflow.`);
  }
  const { format } = (value ?? {}) as Partial<WorkflowFile>;
  if (format !== "bookflow.workflow") {
    throw new Error(`${file.name} is not an exported workflow. Drop a file that was exported from Bookflow.`);
  }
  return value as WorkflowFile;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "") || "workflow";
}
