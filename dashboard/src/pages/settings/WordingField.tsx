// One text that Bookflow adds: its default as the placeholder, the values that it may name, back to the default.
import { Undo2 } from "lucide-react";
import { useRef } from "react";
import { Button } from "../../components/Button";
import { asProblems, Field } from "../../components/Field";
import { insertAtCursor } from "../../components/variableText";
import type { FieldProblem } from "../../core/fieldProblems";
import { defaultText, valueName, type WordedText, type Wordings } from "../../core/wordings";

const MAX_LENGTH = 500;

interface WordingFieldProps {
  text: WordedText;
  language: string;
  direction: string;
  wordings: Wordings;
  problems: readonly FieldProblem[];
  isReadOnly: boolean;
  onChange: (words: string) => void;
}

export function WordingField({ text, language, direction, wordings, problems, isReadOnly, onChange }: WordingFieldProps) {
  const ref = useRef<HTMLInputElement>(null);
  const own = wordings[language]?.[text.id] ?? "";
  const standIn = defaultText(wordings, language, text);
  const insert = (value: string) => {
    // Values have their place in a sentence: the default is where one begins.
    onChange(own ? insertAtCursor(ref.current, own, value) : standIn);
    requestAnimationFrame(() => ref.current?.focus());
  };
  return (
    <Field
      label={text.title}
      help={standIn === text.english ? undefined : `In English: ${text.english}`}
      problems={asProblems(problems)}
      aside={
        own !== "" &&
        !isReadOnly && (
          <Button
            size="small"
            look="quiet"
            icon={<Undo2 size={13} />}
            aria-label={`Reset “${text.title}” to Bookflow’s words`}
            onPress={() => onChange("")}
          >
            Reset
          </Button>
        )
      }
    >
      {(input) => (
        <>
          <input
            {...input}
            ref={ref}
            className="input"
            lang={language}
            dir={direction}
            maxLength={MAX_LENGTH}
            readOnly={isReadOnly}
            placeholder={standIn}
            value={own}
            onChange={({ target }) => onChange(target.value)}
          />
          {!isReadOnly && (
            <span className="wordings__values">
              {own === "" ? (
                <Button
                  size="small"
                  look="quiet"
                  aria-label={`Begin with these words: ${text.title}`}
                  onPress={() => insert("")}
                >
                  Begin with these words
                </Button>
              ) : (
                text.values.map((value) => (
                  <Button
                    key={value}
                    size="small"
                    look="quiet"
                    aria-label={`Insert ${valueName(value)} into “${text.title}”`}
                    onPress={() => insert(value)}
                  >
                    + {valueName(value)}
                  </Button>
                ))
              )}
            </span>
          )}
        </>
      )}
    </Field>
  );
}
