// Saves workflows, templates or a guest's data as files, and reads those that were dropped or chosen.
import type { Schema } from "../api/client";

export type WorkflowFile = Schema<"WorkflowExport">;
export type TemplateFile = Schema<"TemplateExport">;

const MAX_BYTES = 1_000_000;

export function download(file: WorkflowFile | TemplateFile): void {
  saveJson(file.name, file);
}

/** Saves a value as a file in the browser's folder for downloads. */
export function saveJson(name: string, value: object): void {
  saveText(`${slug(name)}.json`, `${JSON.stringify(value, null, 2)}\n`, "application/json");
}

/** Saves a text as a file in the browser's folder for downloads. */
export function saveText(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/**
 * Reads an exported workflow.
 *
 * @throws Error It is not one; the message says what to do.
 */
export async function readWorkflowFile(file: File): Promise<WorkflowFile> {
  const value = await readJson(file, "workflow");
  if (value["format"] !== "bookflow.workflow") throw notExported(file, "workflow");
  return value as WorkflowFile;
}

/**
 * Reads an exported template; the API says what else is wrong with it.
 *
 * @throws Error It is not one; the message says what to do.
 */
export async function readTemplateFile(file: File): Promise<TemplateFile> {
  const value = await readJson(file, "template");
  if (typeof value["name"] !== "string" || typeof value["channel"] !== "string") throw notExported(file, "template");
  return value as TemplateFile;
}

async function readJson(file: File, what: string): Promise<Record<string, unknown>> {
  if (file.size > MAX_BYTES) {
    throw new Error(`${file.name} is too large to be a ${what}. Drop a file that was exported from Bookflow.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is not a ${what} file. Drop a file that was exported from Bookflow.`);
  }
  return (value ?? {}) as Record<string, unknown>;
}

function notExported(file: File, what: string): Error {
  return new Error(`${file.name} is not an exported ${what}. Drop a file that was exported from Bookflow.`);
}

/** Returns a name as a file may have it: letters of any script are kept. */
export function slug(name: string): string {
  return name.normalize("NFC").toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "") || "workflow";
}
