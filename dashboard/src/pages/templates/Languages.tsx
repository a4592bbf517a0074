// The languages of a template: which one is written, a new one, one less.
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../../components/Button";
import { Confirm, FormDialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { count } from "../../components/format";
import { Segments } from "../../components/Segments";
import { Select } from "../../components/Select";
import { Switch } from "../../components/Switch";
import type { FieldProblem } from "../../core/fieldProblems";
import { isLanguageTag, languageName, languageOptions, listedLanguage, USUAL_LANGUAGES } from "../../core/languages";
import {
  MOST_TRANSLATIONS,
  withoutTranslation,
  withTranslation,
  type TemplateContent,
} from "../../core/templates";

interface LanguagesProps {
  content: TemplateContent;
  /** The tag of the template's own texts. */
  own: string;
  /** The language that is written; null for the template's own. */
  chosen: string | null;
  problems: readonly FieldProblem[];
  isReadOnly: boolean;
  onChoose: (language: string | null) => void;
  onChange: (part: Partial<TemplateContent>) => void;
}

/** So many are in sight; more are a list to choose from. */
const IN_SIGHT = 4;
const OTHER = "other";

export function Languages({ content, own, chosen, problems, isReadOnly, onChoose, onChange }: LanguagesProps) {
  const [isAdding, setAdding] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const tags = Object.keys(content.translations ?? {});
  const wrong = (tag: string) => problems.filter(({ field }) => field.startsWith(`translations.${tag}.`)).length;
  const isList = tags.length >= IN_SIGHT;
  const shownName = isList ? listedLanguage : languageName;
  const nameOf = (tag: string) => shownName(tag) + (wrong(tag) > 0 ? ` · ${count(wrong(tag), "problem")}` : "");
  const options = [["", shownName(own)] as const, ...tags.map((tag) => [tag, nameOf(tag)] as const)];
  const choose = (tag: string) => onChoose(tag || null);
  return (
    <div className="field">
      <span className="field__label">Languages</span>
      <div className="languages">
        {isList ? (
          <Select aria-label="Language of the texts" options={options} value={chosen ?? ""} onChange={choose} />
        ) : (
          options.length > 1 && (
            <Segments label="Language of the texts" options={options} value={chosen ?? ""} onChange={choose} />
          )
        )}
        {options.length === 1 && <span className="small">{languageName(own)}</span>}
        {!isReadOnly && tags.length < MOST_TRANSLATIONS && (
          <Button size="small" look="quiet" icon={<Plus size={14} />} onPress={() => setAdding(true)}>
            Add language
          </Button>
        )}
        {!isReadOnly && chosen !== null && (
          <IconButton
            label={`Remove ${languageName(chosen)}`}
            size="small"
            icon={<Trash2 size={15} />}
            onPress={() => setRemoving(true)}
          />
        )}
      </div>
      <p className="field__help">
        {tags.length > 0
          ? `Each guest gets the texts in their language, or else in ${languageName(own)}.`
          : `Guests of every language get it in ${languageName(own)}.`}
      </p>
      {isAdding && (
        <AddLanguage
          own={own}
          taken={[own, ...tags]}
          onAdd={(tag, isCopy) => {
            onChange(withTranslation(content, tag, isCopy));
            onChoose(tag);
            setAdding(false);
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {isRemoving && chosen !== null && (
        <Confirm
          title={`Remove ${languageName(chosen)}?`}
          action="Remove"
          isDangerous
          onConfirm={() => {
            onChange(withoutTranslation(content, chosen));
            onChoose(null);
            setRemoving(false);
          }}
          onClose={() => setRemoving(false)}
        >
          <p>Guests with this language then get the texts in {languageName(own)}.</p>
        </Confirm>
      )}
    </div>
  );
}

interface AddLanguageProps {
  own: string;
  taken: readonly string[];
  onAdd: (tag: string, isCopy: boolean) => void;
  onClose: () => void;
}

function AddLanguage({ own, taken, onAdd, onClose }: AddLanguageProps) {
  const free = USUAL_LANGUAGES.filter((tag) => !taken.includes(tag));
  const [chosen, setChosen] = useState<string>("");
  const [typed, setTyped] = useState("");
  const [isCopy, setCopy] = useState(true);
  const tag = (chosen === OTHER ? typed : chosen).trim();
  const isKnown = taken.some((each) => each.toLowerCase() === tag.toLowerCase());
  return (
    <FormDialog
      title="Add a language"
      action="Add"
      isBusy={false}
      isReady={isLanguageTag(tag) && !isKnown}
      onSubmit={() => onAdd(tag, isCopy)}
      onClose={onClose}
    >
      <Field label="Language" isRequired>
        {(input) => (
          <Select
            {...input}
            options={[["", "Choose …"] as const, ...languageOptions(free), [OTHER, "Another, by its tag …"] as const]}
            value={chosen}
            onChange={setChosen}
          />
        )}
      </Field>
      {chosen === OTHER && (
        <Field
          label="Tag of the language"
          isRequired
          help="A language and, if it matters, a region, such as en-GB."
          problems={isKnown ? [{ text: "The template has this language already.", severity: "error" }] : []}
        >
          {(input) => (
            <input
              {...input}
              className="input"
              maxLength={35}
              placeholder="en-GB"
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          )}
        </Field>
      )}
      <Switch isOn={isCopy} onChange={setCopy}>
        Begin with a copy of the {languageName(own)} texts
      </Switch>
    </FormDialog>
  );
}
