// What an operator writes of a template, each field with its variables and its problems.
import { useRef, type ReactNode } from "react";
import { asProblems, Field } from "../../components/Field";
import { Segments } from "../../components/Segments";
import { VariablePicker } from "../../components/VariablePicker";
import { insertAtCursor } from "../../components/variableText";
import { fieldProblemsAt, type FieldProblem } from "../../core/fieldProblems";
import {
  CATEGORIES,
  CHANNELS,
  FIELDS,
  isByEmail,
  isBySms,
  type Channel,
  type TemplateContent,
} from "../../core/templates";
import { placeholder, type VariableGroup } from "../../core/variables";

interface TemplateFormProps {
  content: TemplateContent;
  problems: readonly FieldProblem[];
  variables: readonly VariableGroup[];
  isReadOnly: boolean;
  /** What stands above the fields, such as whether it is active. */
  children?: ReactNode;
  onChange: (part: Partial<TemplateContent>) => void;
}

export function TemplateForm(props: TemplateFormProps) {
  const { content, problems, isReadOnly, children, onChange } = props;
  return (
    <div className="editing__form">
      {children}
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
      <Field
        label={FIELDS.category}
        help={
          content.category === "marketing"
            ? "Recipients can unsubscribe: a link is added to the e-mail, and recipients who opted out get none."
            : "Also sent to recipients who opted out of marketing."
        }
      >
        {(input) => (
          <select
            {...input}
            className="input"
            disabled={isReadOnly}
            value={content.category}
            onChange={({ target }) => onChange({ category: target.value as TemplateContent["category"] })}
          >
            {Object.entries(CATEGORIES).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      {isByEmail(content.channel) && (
        <>
          <TextField {...props} name="subject" maxLength={1000} />
          <TextField
            {...props}
            name="html"
            maxLength={131_072}
            rows={16}
            help="Headings, paragraphs, tables and links are styled automatically. A link with class=“button” becomes a button, class=“panel” a box, class=“muted” small print."
          />
          <TextField
            {...props}
            name="text"
            maxLength={131_072}
            rows={5}
            help="For mail programs that show no HTML. Made from the HTML when empty."
          />
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
      {isBySms(content.channel) && <TextField {...props} name="sms" maxLength={4000} rows={5} />}
    </div>
  );
}

interface TextFieldProps extends TemplateFormProps {
  name: "subject" | "html" | "text" | "sms";
  maxLength: number;
  /** Lines of a text that has any; what is one line by its nature is shown wrapped. */
  rows?: number;
  help?: string;
}

/** A text with variables, which come in where the cursor is. */
function TextField({ name, content, problems, variables, isReadOnly, maxLength, rows, help, onChange }: TextFieldProps) {
  const ref = useRef<HTMLTextAreaElement>(null);
  const change = (text: string) => onChange({ [name]: text });
  const shared = { maxLength, readOnly: isReadOnly, value: content[name] };
  return (
    <Field
      label={FIELDS[name]}
      isRequired={name !== "text"}
      isOptional={name === "text"}
      help={help}
      problems={asProblems(fieldProblemsAt(problems, name))}
      aside={
        !isReadOnly && (
          <VariablePicker
            groups={variables}
            button={{
              className: "button button--quiet button--small variable-button",
              label: `Insert a variable into ${FIELDS[name]}`,
              content: "{ } Variable",
            }}
            onPick={(variable) => {
              change(insertAtCursor(ref.current, content[name], placeholder(variable)));
              requestAnimationFrame(() => ref.current?.focus());
            }}
          />
        )
      }
    >
      {(input) => (
        <textarea
          {...input}
          {...shared}
          ref={ref}
          className={name === "html" ? "input input--mono" : rows ? "input" : "input input--line"}
          rows={rows ?? 2}
          spellCheck={name !== "html"}
          onChange={({ target }) => change(rows ? target.value : target.value.replaceAll(/\s*\n\s*/g, " "))}
        />
      )}
    </Field>
  );
}
