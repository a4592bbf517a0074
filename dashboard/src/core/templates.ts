// What a template says: which trigger suits it, which variables it may name, what is wrong where.
import type { components } from "../api/schema";
import { BLANK_BLOCKS, isSameBlocks, type Block } from "./blocks";
import type { Catalogue, VariableInfo } from "./catalogue";
import { sentences, type FieldProblem } from "./fieldProblems";
import { variablesOf, type VariableGroup } from "./variables";

type Schemas = components["schemas"];

export type TemplateContent = Schemas["TemplateContent"];
export type TemplateSummary = Schemas["TemplateSummary"];
/** The texts of one language. */
export type TemplateTexts = Required<Schemas["TemplateText"]>;
export type Channel = TemplateContent["channel"];
export type Category = TemplateContent["category"];

export interface TemplateFilter {
  text: string;
  channel: Channel | "";
  category: Category | "";
  active: "" | "true" | "false";
}

export const NO_FILTER: TemplateFilter = { text: "", channel: "", category: "", active: "" };

export const BLANK_TEMPLATE: TemplateContent = {
  name: "",
  channel: "email",
  category: "transactional",
  language: null,
  subject: "",
  html: "",
  blocks: null,
  text: "",
  sms: "",
  reply_to: null,
  calendar_entry: false,
  translations: {},
};

/** What a new template begins as: an e-mail in blocks. */
export const NEW_TEMPLATE: TemplateContent = { ...BLANK_TEMPLATE, blocks: storedBlocks(BLANK_BLOCKS) };

export const CHANNELS: Readonly<Record<Channel, string>> = {
  email: "E-mail",
  sms: "SMS",
  both: "E-mail and SMS",
};

export const CATEGORIES: Readonly<Record<Category, string>> = {
  transactional: "About a booking",
  marketing: "Marketing",
};

/** The fields in the order of the form, as people call them. */
export const FIELDS: Readonly<Record<keyof TemplateContent, string>> = {
  name: "Name",
  channel: "Sent as",
  category: "Category",
  language: "Language",
  subject: "Subject",
  html: "HTML",
  blocks: "E-mail",
  text: "Plain text",
  sms: "SMS",
  reply_to: "Replies go to",
  calendar_entry: "Calendar entry",
  translations: "Translations",
};

/** Blocks as the API's contract has them: the editor's schema makes no others. */
type Stored = NonNullable<TemplateTexts["blocks"]>;

export const MOST_TRANSLATIONS = 30;

/** What a preview shows in the place of a subject with a problem. */
export const UNRENDERED_SUBJECT = "(shown once it has no problem)";

const USUAL_TRIGGER = "Booking Created";
const EVENT_FIELD = /\bevent\.([a-z_]+)/g;

/** What the server adds for some messages; the catalogue of triggers does not hold it. */
const SURVEY_VARIABLES: readonly VariableInfo[] = [
  own("survey.link", "string", "The customer's own link to the survey; in survey e-mails only"),
  own("survey.name", "string", "Name of the survey; in survey e-mails only"),
  own("survey.expires_at", "datetime", "Until when the link works; in survey e-mails only"),
];
const MARKETING_VARIABLES: readonly VariableInfo[] = [
  own("unsubscribe_url", "string", "The reader's own link to get no more marketing messages"),
];

/** Returns what is saved of a template out of what was read of it. */
export function contentOf(template: TemplateContent): TemplateContent {
  const { name, channel, category, language = null, subject, html, blocks = null, text, sms } = template;
  const { reply_to = null, calendar_entry, translations } = template;
  return { name, channel, category, language, subject, html, blocks, text, sms, reply_to, calendar_entry, translations };
}

export function isByEmail(channel: Channel): boolean {
  return channel !== "sms";
}

export function isBySms(channel: Channel): boolean {
  return channel !== "email";
}

/** Returns the templates that fit, by name. */
export function fitting<T extends TemplateSummary>(templates: readonly T[], filter: TemplateFilter): T[] {
  const wanted = filter.text.trim().toLowerCase();
  return templates
    .filter(
      ({ name, channel, category, active }) =>
        name.toLowerCase().includes(wanted) &&
        (!filter.channel || channel === filter.channel) &&
        (!filter.category || category === filter.category) &&
        (!filter.active || String(active) === filter.active),
    )
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** Returns the trigger to try the texts with: the usual one, or the first that brings what they name. */
export function suitedTrigger(catalogue: Catalogue, content: TemplateContent): string {
  const texts = [content.subject, content.html, JSON.stringify(content.blocks), content.text, content.sms].join("\n");
  const named = new Set(Array.from(texts.matchAll(EVENT_FIELD), ([path]) => path));
  const brings = (event: string) => {
    const known = catalogue.triggers.find((trigger) => trigger.event === event)?.variables ?? [];
    return known.filter(({ path }) => named.has(path)).length;
  };
  const events = [USUAL_TRIGGER, ...catalogue.triggers.map(({ event }) => event)];
  const most = Math.max(0, ...events.map(brings));
  return events.find((event) => brings(event) === most) ?? USUAL_TRIGGER;
}

/** Returns the variables that a template may name when a trigger starts the workflow. */
export function templateVariables(catalogue: Catalogue, trigger: string, category: Category): VariableGroup[] {
  const groups = variablesOf(catalogue, trigger)
    // The whole event as JSON is for the bodies of webhooks.
    .map((group) => ({ ...group, variables: group.variables.filter(({ path }) => path !== "eventData") }))
    .filter((group) => group.variables.length > 0);
  const isEvent = ({ title }: VariableGroup) => title === "Event";
  return [
    // Messages speak of the guest and the booking; what just happened comes last.
    ...groups.filter((group) => !isEvent(group)).sort((one, other) => placeOfGroup(one) - placeOfGroup(other)),
    ...groups.filter(isEvent),
    { title: "Survey", variables: SURVEY_VARIABLES },
    ...(category === "marketing" ? [{ title: "Marketing", variables: MARKETING_VARIABLES }] : []),
  ];
}

/** Returns the texts of a language: the template's own where it is null. */
export function textsOf(content: TemplateContent, language: string | null): TemplateTexts {
  const texts = language === null ? content : content.translations?.[language];
  const { subject = "", html = "", blocks = null, text = "", sms = "" } = texts ?? {};
  return { subject, html, blocks, text, sms };
}

/** Returns what changes when a language gets other texts. */
export function withTexts(
  content: TemplateContent,
  language: string | null,
  part: Partial<TemplateTexts>,
): Partial<TemplateContent> {
  if (language === null) return part;
  return { translations: { ...content.translations, [language]: { ...textsOf(content, language), ...part } } };
}

/** Returns what changes when a translation begins: as a copy of the template's own texts, or empty. */
export function withTranslation(content: TemplateContent, language: string, isCopy: boolean): Partial<TemplateContent> {
  const empty: TemplateTexts = { subject: "", html: "", blocks: null, text: "", sms: "" };
  return withTexts(content, language, isCopy ? textsOf(content, null) : empty);
}

/** Returns what changes when a translation is removed. */
export function withoutTranslation(content: TemplateContent, language: string): Partial<TemplateContent> {
  return {
    translations: Object.fromEntries(Object.entries(content.translations ?? {}).filter(([tag]) => tag !== language)),
  };
}

/** Whether a language has an e-mail of its own; without one guests get the template's. */
export function hasMail({ html, blocks, text }: TemplateTexts): boolean {
  return Boolean(html.trim() || blocks?.length || text.trim());
}

/** Returns a document as the editor takes it, and as the contract does. */
export function blocksOf(texts: Pick<TemplateTexts, "blocks">): Block[] {
  return texts.blocks ?? [];
}
export function storedBlocks(blocks: readonly Block[]): Stored {
  return blocks as unknown as Stored;
}

/** Returns the path that the API names a text by. */
export function pathOf(language: string | null, name: keyof TemplateTexts): string {
  return language === null ? name : `translations.${language}.${name}`;
}

/** Returns the errors of a preview in the words of a rejected save. */
export function problemsOfPreview(problems: readonly Schemas["TemplatePartProblem"][]): FieldProblem[] {
  return problems
    .filter(({ severity }) => severity === "error")
    .map(({ part, language, block, line, message, remedy }) => ({
      field: [language && `translations.${language}`, part, ...(block ?? [])].filter((each) => each !== null).join("."),
      text: sentences(`${message}${line ? ` (line ${line})` : ""}`, remedy),
    }));
}

/** Returns what forbids saving before the API is asked. */
export function problemsOf({ name }: TemplateContent): FieldProblem[] {
  return name.trim() ? [] : [{ field: "name", text: "A template needs a name." }];
}

/** Returns the fields that differ, as people call them. */
export function changedFields(before: TemplateContent, after: TemplateContent): string[] {
  return (Object.keys(FIELDS) as (keyof TemplateContent)[])
    .filter((field) => !isSameBlocks(before[field] ?? "", after[field] ?? ""))
    .map((field) => FIELDS[field]);
}

/** Returns a rendered e-mail for a frame: a link that is clicked leads nowhere. */
export function framed(html: string): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (head) => head + base) : base + html;
}

const FIRST_GROUPS = ["Customer", "Booking", "Activity", "Location"];

function placeOfGroup({ title }: VariableGroup): number {
  return FIRST_GROUPS.indexOf(title);
}

function own(path: string, kind: VariableInfo["kind"], description: string): VariableInfo {
  return { path, kind, description, example: null, optional: false, of_items: false };
}
