// What an operator writes of a template, each field with its variables and its problems.
import type { ReactNode } from "react";
import { asProblems, Field } from "../../components/Field";
import { Segments } from "../../components/Segments";
import { Select } from "../../components/Select";
import { Switch } from "../../components/Switch";
import type { Schema } from "../../api/client";
import { fieldProblemsAt, type FieldProblem } from "../../core/fieldProblems";
import type { Operator } from "../../core/forms";
import { languageName } from "../../core/languages";
import {
  CATEGORIES,
  CHANNELS,
  FIELDS,
  isByEmail,
  isBySms,
  pathOf,
  textsOf,
  withTexts,
  type Channel,
  type TemplateContent,
  type TemplateTexts,
} from "../../core/templates";
import type { VariableGroup } from "../../core/variables";
import { Languages } from "./Languages";
import { SubjectField } from "./line/SubjectField";
import { MailField } from "./MailField";
import { SmsSize } from "./SmsSize";
import { TextField } from "./TextField";

interface TemplateFormProps {
  content: TemplateContent;
  problems: readonly FieldProblem[];
  variables: readonly VariableGroup[];
  /** What a condition of a block may ask. */
  operators: readonly Operator[];
  /** The location's language, which an unnamed one is. */
  home: string;
  /** The language whose texts are written; null for the template's own. */
  language: string | null;
  /** How it comes out, as far as that is known. */
  preview: Schema<"Preview"> | undefined;
  isReadOnly: boolean;
  /** What stands above the fields, such as whether it is active. */
  children?: ReactNode;
  onLanguage: (language: string | null) => void;
  onChange: (part: Partial<TemplateContent>) => void;
}

export function TemplateForm(props: TemplateFormProps) {
  const { content, problems, variables, operators, home, language, preview, isReadOnly, children, onLanguage, onChange } = props;
  const own = content.language ?? home;
  const texts = textsOf(content, language);
  const change = (part: Partial<TemplateTexts>) => onChange(withTexts(content, language, part));
  /** What guests get while a translation leaves a text empty. */
  const standIn = (text: string) => (language === null ? undefined : text || undefined);
  const text = { variables, isReadOnly };
  const at = (name: keyof TemplateTexts) => fieldProblemsAt(problems, pathOf(language, name));
  return (
    <div className="editing__form">
      {children}
      <div className="template-kind">
        <div className="field">
          <span className="field__label">{FIELDS.channel}</span>
          <span>
            <Segments
              label={FIELDS.channel}
              options={Object.entries(CHANNELS) as [Channel, string][]}
              value={content.channel}
              isDisabled={isReadOnly}
              onChange={(channel) => onChange({ channel })}
            />
          </span>
        </div>
        <Field label={FIELDS.category}>
          {(input) => (
            <Select
              {...input}
              disabled={isReadOnly}
              options={CATEGORIES}
              value={content.category}
              onChange={(category) => onChange({ category })}
            />
          )}
        </Field>
        <p className="field__help">
          {content.category === "marketing"
            ? "Recipients can unsubscribe: a link is added to the e-mail, and recipients who opted out get none."
            : "Also sent to recipients who opted out of marketing."}
        </p>
      </div>
      <Languages
        content={content}
        own={own}
        chosen={language}
        problems={problems}
        isReadOnly={isReadOnly}
        onChoose={onLanguage}
        onChange={onChange}
      />
      {isByEmail(content.channel) && (
        <>
          <SubjectField
            key={`subject ${language ?? ""}`}
            {...text}
            value={texts.subject}
            problems={at("subject")}
            isRequired={language === null}
            standIn={standIn(content.subject)}
            onChange={(subject) => change({ subject })}
          />
          <MailField
            key={language ?? ""}
            {...text}
            texts={texts}
            language={language}
            ownLanguage={languageName(own)}
            problems={problems}
            operators={operators}
            onChange={change}
            onCopy={() => {
              const { html, blocks, text: plain } = textsOf(content, null);
              change({ html, blocks, text: plain });
            }}
          />
        </>
      )}
      {isBySms(content.channel) && (
        <TextField
          {...text}
          label={FIELDS.sms}
          value={texts.sms}
          problems={at("sms")}
          maxLength={4000}
          rows={5}
          isRequired={language === null}
          standIn={standIn(content.sms)}
          onChange={(sms) => change({ sms })}
        >
          {preview?.sms && preview.sms_size && <SmsSize sms={preview.sms} size={preview.sms_size} />}
        </TextField>
      )}
      <fieldset className="template-more">
        <legend>For all languages</legend>
        {isByEmail(content.channel) && (
          <>
            <Switch
              isOn={content.calendar_entry}
              isDisabled={isReadOnly}
              onChange={(calendar_entry) => onChange({ calendar_entry })}
            >
              Attach the booking as a calendar entry
            </Switch>
            <Field
              label={FIELDS.reply_to}
              isOptional
              help="The location's own address when empty."
              problems={asProblems(fieldProblemsAt(problems, "reply_to"))}
            >
              {(input) => (
                <input
                  {...input}
                  className="input"
                  type="email"
                  maxLength={320}
                  placeholder="hello@example.com"
                  readOnly={isReadOnly}
                  value={content.reply_to ?? ""}
                  onChange={({ target }) => onChange({ reply_to: target.value.trim() || null })}
                />
              )}
            </Field>
          </>
        )}
        <Field
          label={FIELDS.language}
          isOptional
          help={`The language of its own texts, such as de-DE. The location's, ${languageName(home)}, when empty.`}
          problems={asProblems(fieldProblemsAt(problems, "language"))}
        >
          {(input) => (
            <input
              {...input}
              className="input"
              maxLength={35}
              placeholder={home}
              readOnly={isReadOnly}
              value={content.language ?? ""}
              onChange={({ target }) => onChange({ language: target.value.trim() || null })}
            />
          )}
        </Field>
      </fieldset>
    </div>
  );
}
