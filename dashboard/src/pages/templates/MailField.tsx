// The e-mail of one language: in blocks, in HTML, or none of its own.
import { CircleAlert, Copy, FilePlus2 } from "lucide-react";
import { lazy, Suspense, useId, useMemo, useState } from "react";
import { Button } from "../../components/Button";
import { Confirm } from "../../components/Dialog";
import { asProblems } from "../../components/Field";
import { Segments } from "../../components/Segments";
import { Loading } from "../../components/States";
import { Switch } from "../../components/Switch";
import { BLANK_BLOCKS, placeOf } from "../../core/blocks";
import { fieldProblemsAt, type FieldProblem } from "../../core/fieldProblems";
import type { Operator } from "../../core/forms";
import { blocksOf, hasMail, pathOf, storedBlocks, type TemplateTexts } from "../../core/templates";
import type { VariableGroup } from "../../core/variables";
import { TextField } from "./TextField";

const BlockEditor = lazy(() => import("./blocks/BlockEditor"));

interface MailFieldProps {
  texts: TemplateTexts;
  /** Null for the template's own texts. */
  language: string | null;
  /** What the template's own language is called. */
  ownLanguage: string;
  problems: readonly FieldProblem[];
  variables: readonly VariableGroup[];
  operators: readonly Operator[];
  isReadOnly: boolean;
  onChange: (part: Partial<TemplateTexts>) => void;
  /** Copies the template's own e-mail. */
  onCopy: () => void;
}

type Form = "blocks" | "html";

export function MailField(props: MailFieldProps) {
  const { texts, language, ownLanguage, problems, variables, operators, isReadOnly, onChange, onCopy } = props;
  const [wanted, setWanted] = useState<Form | null>(null);
  const [isTextOpen, setTextOpen] = useState(false);
  const form: Form = texts.blocks === null && (texts.html || language === null) ? "html" : "blocks";
  const isInherited = language !== null && texts.blocks === null && !hasMail(texts);
  if (isInherited) {
    return (
      <div className="field">
        <span className="field__label">E-mail</span>
        <div className="mail-inherited">
          <p className="muted small">Guests with this language get the e-mail in {ownLanguage} for now.</p>
          {!isReadOnly && (
            <div className="mail-inherited__actions">
              <Button size="small" icon={<Copy size={14} />} onPress={onCopy}>
                Copy from {ownLanguage}
              </Button>
              <Button
                size="small"
                look="quiet"
                icon={<FilePlus2 size={14} />}
                onPress={() => onChange({ blocks: storedBlocks(BLANK_BLOCKS) })}
              >
                Write it from scratch
              </Button>
            </div>
          )}
        </div>
      </div>
    );
  }
  const isEmpty = form === "html" ? !texts.html.trim() : isBlank(texts);
  const take = (next: Form) => {
    setWanted(null);
    onChange(next === "html" ? { blocks: null, html: "" } : { blocks: storedBlocks(BLANK_BLOCKS), html: "" });
  };
  const hasOwnText = isTextOpen || texts.text !== "";
  return (
    <>
      {form === "blocks" ? (
        <BlocksField
          key={language ?? ""}
          texts={texts}
          problems={problems}
          language={language}
          variables={variables}
          operators={operators}
          isReadOnly={isReadOnly}
          onChange={onChange}
        />
      ) : (
        <TextField
          label="HTML"
          value={texts.html}
          variables={variables}
          problems={fieldProblemsAt(problems, pathOf(language, "html"))}
          isReadOnly={isReadOnly}
          maxLength={131_072}
          rows={16}
          isCode
          help="Headings, paragraphs, tables and links are styled automatically. A link with class=“button” becomes a button, class=“panel” a box, class=“muted” small print."
          onChange={(html) => onChange({ html })}
        />
      )}
      {!isReadOnly && (
        <div className="mail-form">
          <span className="muted small">Written in</span>
          <Segments
            label="E-mail written in"
            options={[
              ["blocks", "Blocks"],
              ["html", "HTML"],
            ]}
            value={form}
            onChange={(next) => (isEmpty ? take(next) : setWanted(next))}
          />
        </div>
      )}
      <div className="field">
        <Switch
          isOn={hasOwnText}
          isDisabled={isReadOnly}
          onChange={(isOn) => {
            setTextOpen(isOn);
            if (!isOn) onChange({ text: "" });
          }}
        >
          Write the plain text by hand
        </Switch>
        {!hasOwnText && <p className="field__help">For mail programs that show no HTML: it is made from the e-mail.</p>}
      </div>
      {hasOwnText && (
        <TextField
          label="Plain text"
          value={texts.text}
          variables={variables}
          problems={fieldProblemsAt(problems, pathOf(language, "text"))}
          isReadOnly={isReadOnly}
          maxLength={131_072}
          rows={5}
          isRequired={false}
          help="For mail programs that show no HTML. Made from the e-mail when empty."
          onChange={(text) => onChange({ text })}
        />
      )}
      {wanted && (
        <Confirm
          title={wanted === "html" ? "Write HTML instead of blocks?" : "Write blocks instead of HTML?"}
          action={wanted === "html" ? "Remove the blocks" : "Remove the HTML"}
          isDangerous
          onConfirm={() => take(wanted)}
          onClose={() => setWanted(null)}
        >
          <p>
            {wanted === "html" ? "The blocks of this e-mail are removed" : "The HTML of this e-mail is removed"} and you
            begin with an empty one. It is stored when you save; older versions keep what they have.
          </p>
        </Confirm>
      )}
    </>
  );
}

type BlocksFieldProps = Omit<MailFieldProps, "ownLanguage" | "onCopy">;

/** The editor of blocks, with the problems that belong to no block below it. */
function BlocksField({ texts, language, problems, variables, operators, isReadOnly, onChange }: BlocksFieldProps) {
  const id = useId();
  const path = pathOf(language, "blocks");
  // An e-mail without any text is reported at its HTML.
  const own = [path, pathOf(language, "html")].flatMap((each) =>
    problems.filter(({ field }) => field === each || field.startsWith(`${each}.`) || field.startsWith(`${each}[`)),
  );
  const atBlocks = useMemo(() => {
    const start = pathOf(language, "blocks");
    return problems.filter(({ field }) => field.startsWith(start) && (placeOf(field)?.indexes.length ?? 0) > 0);
  }, [problems, language]);
  // A rejected save does not name the block where the preview does.
  const known = new Set(atBlocks.map(({ text }) => text));
  const elsewhere = asProblems(
    own.filter(({ text }, index) => !known.has(text) && own.findIndex((each) => each.text === text) === index),
  );
  return (
    <div className="field">
      <span className="field__label">E-mail</span>
      <div className={own.length > 0 ? "mail-blocks mail-blocks--bad" : "mail-blocks"}>
        <Suspense fallback={<Loading what="the editor" />}>
          <BlockEditor
            label="E-mail"
            describedBy={elsewhere.length > 0 ? id : undefined}
            isInvalid={own.length > 0}
            value={blocksOf(texts)}
            variables={variables}
            operators={operators}
            problems={atBlocks}
            isReadOnly={isReadOnly}
            onChange={(blocks) => onChange({ blocks: storedBlocks(blocks) })}
          />
        </Suspense>
      </div>
      {elsewhere.length > 0 && (
        <div id={id}>
          {elsewhere.map(({ text }) => (
            <p key={text} className="field__problem field__problem--error">
              <CircleAlert size={14} aria-hidden />
              {text}
            </p>
          ))}
        </div>
      )}
      {!isReadOnly && (
        <p className="field__help">
          Press / for blocks and {"{{"} for variables. Esc selects a block, Enter opens its settings, Alt+↑ and Alt+↓ move
          it, Alt+F10 goes to the toolbar.
        </p>
      )}
    </div>
  );
}

function isBlank(texts: TemplateTexts): boolean {
  const [only, ...more] = blocksOf(texts);
  return more.length === 0 && (!only || (only.type === "paragraph" && !only.content?.length));
}
