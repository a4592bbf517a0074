// What a survey asks: its introduction, its questions in their order, and how long a link works.
import { ArrowDown, ArrowUp, Plus, Trash2, X } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { Button, IconButton } from "../../components/Button";
import { asProblems, Field } from "../../components/Field";
import { Select } from "../../components/Select";
import { Switch } from "../../components/Switch";
import { fieldProblemsAt, type FieldProblem } from "../../core/fieldProblems";
import {
  asKind,
  questionProblems,
  questionListProblems,
  KINDS,
  MOST_DAYS,
  MOST_OPTIONS,
  MOST_QUESTIONS,
  moved,
  withQuestion,
  type Kind,
  type Question,
  type SurveyContent,
} from "../../core/surveys";

interface SurveyFormProps {
  content: SurveyContent;
  problems: readonly FieldProblem[];
  /** Ids of questions that have answers. */
  taken: readonly string[];
  isReadOnly: boolean;
  onChange: (part: Partial<SurveyContent>) => void;
}

export function SurveyForm({ content, problems, taken, isReadOnly, onChange }: SurveyFormProps) {
  const { questions } = content;
  const [said, setSaid] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const set = (changed: readonly Question[]) => onChange({ questions: [...changed] });
  const move = (index: number, by: number) => {
    const next = moved(questions, index, by);
    if (next === questions) return;
    const focused = document.activeElement;
    set(next);
    setSaid(`Question ${index + 1} is now number ${index + 1 + by} of ${questions.length}.`);
    requestAnimationFrame(() => keepFocus(focused, list.current?.children[index + by]));
  };
  return (
    <>
      <Field label="Introduction" isOptional help="Shown above the questions." problems={asProblems(fieldProblemsAt(problems, "introduction"))}>
        {(input) => (
          <textarea
            {...input}
            className="input"
            rows={3}
            maxLength={2000}
            readOnly={isReadOnly}
            value={content.introduction}
            onChange={({ target }) => onChange({ introduction: target.value })}
          />
        )}
      </Field>
      <section className="questions" aria-label="Questions">
        <h2>Questions</h2>
        {questionListProblems(problems).map(({ text }) => (
          <p key={text} className="field__problem">
            {text}
          </p>
        ))}
        <p className="visually-hidden" role="status">
          {said}
        </p>
        <ol ref={list} className="questions__list">
          {questions.map((question, index) => (
            <QuestionCard
              key={question.id}
              question={question}
              index={index}
              count={questions.length}
              problems={problems}
              isReadOnly={isReadOnly}
              onChange={(changed) => set(questions.map((each, at) => (at === index ? changed : each)))}
              onMove={(by) => move(index, by)}
              onRemove={() => set(questions.filter((_, at) => at !== index))}
            />
          ))}
        </ol>
        {!isReadOnly && questions.length < MOST_QUESTIONS && (
          <div className="questions__add">
            {(Object.entries(KINDS) as [Kind, string][]).map(([kind, words]) => (
              <Button
                key={kind}
                size="small"
                icon={<Plus size={14} />}
                onPress={() => {
                  set(withQuestion(questions, kind, taken));
                  requestAnimationFrame(() => list.current?.lastElementChild?.querySelector("input")?.focus());
                }}
              >
                {words}
              </Button>
            ))}
          </div>
        )}
      </section>
      <Field
        label="Link expires after (days)"
        isRequired
        help="Counted from the e-mail. Each link accepts one response."
        problems={asProblems(fieldProblemsAt(problems, "expiry_days"))}
      >
        {(input) => (
          <input
            {...input}
            className="input"
            type="number"
            min={1}
            max={MOST_DAYS}
            readOnly={isReadOnly}
            value={Number.isNaN(content.expiry_days) ? "" : content.expiry_days}
            onChange={({ target }) => onChange({ expiry_days: target.valueAsNumber })}
          />
        )}
      </Field>
    </>
  );
}

interface QuestionCardProps {
  question: Question;
  index: number;
  count: number;
  problems: readonly FieldProblem[];
  isReadOnly: boolean;
  onChange: (question: Question) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

function QuestionCard(props: QuestionCardProps) {
  const { question, index, count, problems, isReadOnly, onChange, onMove, onRemove } = props;
  const number = index + 1;
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || by === undefined || isReadOnly) return;
    event.preventDefault();
    onMove(by);
  };
  return (
    // Keys that move the question work wherever the cursor is in it; buttons do the same.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li className="question" onKeyDown={onKeyDown}>
      <div className="question__head">
        <span className="question__number" aria-hidden>
          {number}
        </span>
        <Select
          className="input question__kind"
          aria-label={`Kind of question ${number}`}
          disabled={isReadOnly}
          options={KINDS}
          value={question.type}
          onChange={(kind) => onChange(asKind(question, kind))}
        />
        {!isReadOnly && (
          <span className="question__tools">
            <IconButton
              label={`Move question ${number} up`}
              keys="Alt ↑"
              size="small"
              icon={<ArrowUp size={15} />}
              isDisabled={index === 0}
              onPress={() => onMove(-1)}
            />
            <IconButton
              label={`Move question ${number} down`}
              keys="Alt ↓"
              size="small"
              icon={<ArrowDown size={15} />}
              isDisabled={number === count}
              onPress={() => onMove(1)}
            />
            <IconButton
              label={`Remove question ${number}`}
              size="small"
              icon={<Trash2 size={15} />}
              onPress={onRemove}
            />
          </span>
        )}
      </div>
      <Field label={`Question ${number}`} isRequired problems={asProblems(questionProblems(problems, index, "text"))}>
        {(input) => (
          <input
            {...input}
            className="input"
            maxLength={500}
            readOnly={isReadOnly}
            value={question.text}
            onChange={({ target }) => onChange({ ...question, text: target.value })}
          />
        )}
      </Field>
      {question.type === "choice" && (
        <Options
          label={`Options of question ${number}`}
          options={question.options}
          problems={questionProblems(problems, index, "options")}
          isReadOnly={isReadOnly}
          onChange={(options) => onChange({ ...question, options })}
        />
      )}
      <div className="question__switches">
        <Switch
          isOn={question.required}
          isDisabled={isReadOnly}
          onChange={(required) => onChange({ ...question, required })}
        >
          Required
        </Switch>
        {question.type === "choice" && (
          <Switch
            isOn={question.several}
            isDisabled={isReadOnly}
            onChange={(several) => onChange({ ...question, several })}
          >
            Several answers allowed
          </Switch>
        )}
      </div>
    </li>
  );
}

interface OptionsProps {
  label: string;
  options: readonly string[];
  problems: readonly FieldProblem[];
  isReadOnly: boolean;
  onChange: (options: string[]) => void;
}

function Options({ label, options, problems, isReadOnly, onChange }: OptionsProps) {
  const list = useRef<HTMLDivElement>(null);
  return (
    <div className="options" role="group" aria-label={label} ref={list}>
      {options.map((option, index) => (
        <div key={index} className="options__one">
          <input
            className="input"
            aria-label={`Option ${index + 1}`}
            aria-invalid={problems.length > 0}
            placeholder={`Option ${index + 1}`}
            maxLength={200}
            readOnly={isReadOnly}
            value={option}
            onChange={({ target }) => onChange(options.map((each, at) => (at === index ? target.value : each)))}
          />
          {!isReadOnly && options.length > 2 && (
            <IconButton
              label={`Remove option ${index + 1}`}
              size="small"
              icon={<X size={14} />}
              onPress={() => onChange(options.filter((_, at) => at !== index))}
            />
          )}
        </div>
      ))}
      {problems.map(({ text }) => (
        <p key={text} className="field__problem" role="alert">
          {text}
        </p>
      ))}
      {!isReadOnly && options.length < MOST_OPTIONS && (
        <Button
          size="small"
          look="quiet"
          icon={<Plus size={14} />}
          onPress={() => {
            onChange([...options, ""]);
            requestAnimationFrame(() => [...(list.current?.querySelectorAll("input") ?? [])].at(-1)?.focus());
          }}
        >
          Option
        </Button>
      )}
    </div>
  );
}

/** A moved card leaves the page for a moment and loses the focus; what had it, gets it back. */
function keepFocus(focused: Element | null, card: Element | undefined): void {
  if (!(focused instanceof HTMLElement)) return;
  focused.focus();
  if (document.activeElement === focused) return;
  card?.querySelector<HTMLElement>(".question__tools button:not([disabled])")?.focus();
}
