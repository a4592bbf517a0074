// Finds a variable by name or meaning; used by texts, which insert it, and by rules, which name it.
import { Braces, Search } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components";
import type { VariableInfo } from "../core/catalogue";
import { forTexts, labelOf, matching, typedVariable, type VariableGroup } from "../core/variables";
import "./variables.css";

export interface VariablePickerProps {
  groups: readonly VariableGroup[];
  /** What variables come to for the booking of a preview. */
  values?: ReadonlyMap<string, string> | undefined;
  onPick: (variable: VariableInfo) => void;
  isDisabled?: boolean;
  /** Rules may also ask the items of a list, and fields that only the booking system knows. */
  purpose?: "text" | "rule";
  /** Look of the button; by default a small one with braces. */
  button?: { className: string; label: string; content: ReactNode };
  /** Whether it is open, where more than its button opens it. */
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
}

export function VariablePicker({
  groups,
  values,
  onPick,
  isDisabled,
  purpose = "text",
  button,
  isOpen,
  onOpenChange,
}: VariablePickerProps) {
  return (
    <DialogTrigger {...(isOpen !== undefined && { isOpen })} {...(onOpenChange && { onOpenChange })}>
      <AriaButton
        className={button?.className ?? "button button--quiet button--small variable-button"}
        aria-label={button?.label ?? "Insert a variable"}
        isDisabled={isDisabled ?? false}
      >
        {button?.content ?? (
          <>
            <Braces size={14} aria-hidden /> Variable
          </>
        )}
      </AriaButton>
      <Popover className="popover variables" placement="bottom end">
        <Dialog aria-label="Variables" className="variables__dialog">
          {({ close }) => (
            <Choice
              groups={purpose === "text" ? forTexts(groups) : groups}
              values={values}
              purpose={purpose}
              onPick={(variable) => {
                close();
                onPick(variable);
              }}
            />
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

type ChoiceProps = Pick<VariablePickerProps, "groups" | "values" | "onPick" | "purpose">;

function Choice({ groups, values, onPick, purpose }: ChoiceProps) {
  const [text, setText] = useState("");
  const search = useRef<HTMLInputElement>(null);
  // Not by `autoFocus`, which comes before a dialog around the popover knows that the popover is part of it.
  useEffect(() => search.current?.focus(), []);
  const typed = purpose === "rule" ? typedVariable(groups, text) : null;
  const listed = matching(groups, text);
  const found = typed ? [...listed, { title: "Other fields", variables: [typed] }] : listed;
  return (
    <>
      <div className="search variables__search">
        <Search size={15} aria-hidden />
        <input
          className="input"
          type="search"
          aria-label="Search variables"
          placeholder="Search variables"
          ref={search}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            const first = found[0]?.variables[0];
            if (event.key === "Enter" && first) onPick(first);
          }}
        />
      </div>
      <div className="variables__list">
        {found.length === 0 && (
          <p className="muted small variables__none">
            {groups.length ? "No variables found." : "Choose a trigger first. It defines the variables."}
          </p>
        )}
        {found.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h4>{group.title}</h4>
            {group.variables.map((variable) => (
              <button
                key={variable.path}
                type="button"
                className="pick variables__item"
                onClick={() => onPick(variable)}
              >
                <strong>{labelOf(groups, variable.path)}</strong>
                <code>{variable.path}</code>
                <span>
                  {variable.description}
                  {variable.of_items && " · of any item"}
                  {variable.optional && " · may be missing"}
                </span>
                {values?.has(variable.path) && (
                  <span className="variables__value">{values.get(variable.path)}</span>
                )}
              </button>
            ))}
          </section>
        ))}
      </div>
    </>
  );
}
