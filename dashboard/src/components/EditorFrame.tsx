// The frame of a page that edits one thing: its name, whether it is saved, its tabs and actions.
import { ArrowLeft } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import { useCurrentLocation } from "../currentLocation";
import { Button } from "./Button";
import "./editorFrame.css";

interface EditorFrameProps {
  /** Where all of its kind are. */
  back: { href: string; label: string };
  /** What is edited, such as "template". */
  what: string;
  name: string;
  nameProblem?: string | undefined;
  /** Whether it is saved. */
  note: string;
  /** Why it could not be saved, in the place of the note. */
  failure?: ReactNode;
  tabs: readonly { href: string; label: string; isCurrent: boolean }[];
  actions?: ReactNode;
  onName: (name: string) => void;
  children: ReactNode;
}

export function EditorFrame(props: EditorFrameProps) {
  const { back, what, name, nameProblem, note, failure, tabs, actions, onName, children } = props;
  const { may } = useCurrentLocation();
  const [isTyping, setTyping] = useState(false);
  const shownProblem = isTyping ? undefined : nameProblem;
  const bad = shownProblem || failure;
  return (
    <div className="editing">
      <header className="editing__head">
        <Link href={back.href} className="button button--quiet button--icon" aria-label={back.label}>
          <ArrowLeft size={18} />
        </Link>
        <div className="editing__name">
          <h1 className="visually-hidden">{name || `New ${what}`}</h1>
          <input
            className="editing__input"
            aria-label={`Name of the ${what}`}
            aria-invalid={shownProblem !== undefined}
            aria-describedby="editing-note"
            placeholder={`Name of the ${what}`}
            maxLength={200}
            readOnly={!may("editor")}
            value={name}
            onChange={({ target }) => {
              setTyping(true);
              onName(target.value);
            }}
            onBlur={() => setTyping(false)}
          />
          <span
            id="editing-note"
            className={bad ? "small editing__note editing__note--bad" : "muted small editing__note"}
            role={failure ? "alert" : "status"}
          >
            {bad || (may("editor") ? note : "View only")}
          </span>
        </div>
        {tabs.length > 0 && (
          <nav className="tabs" aria-label={what.charAt(0).toUpperCase() + what.slice(1)}>
            {tabs.map(({ href, label, isCurrent }) => (
              <Link key={label} href={href} aria-current={isCurrent ? "page" : undefined}>
                {label}
              </Link>
            ))}
          </nav>
        )}
        <div className="editing__actions">{actions}</div>
      </header>
      {children}
    </div>
  );
}

interface SaveActionsProps {
  isChanged: boolean;
  isNew: boolean;
  isBusy: boolean;
  /** Whether another tab than the editor is open. */
  isElsewhere: boolean;
  onDiscard: () => void;
  onSave: () => void;
}

/** The buttons of unsaved changes; a viewer has none. */
export function SaveActions({ isChanged, isNew, isBusy, isElsewhere, onDiscard, onSave }: SaveActionsProps) {
  const { may } = useCurrentLocation();
  if (!may("editor") || (isElsewhere && !isChanged)) return null;
  return (
    <>
      {isChanged && (
        <Button look="quiet" isDisabled={isBusy} onPress={onDiscard}>
          Discard changes
        </Button>
      )}
      <Button look="primary" isPending={isBusy} isDisabled={!isChanged && !isNew} onPress={onSave}>
        Save
      </Button>
    </>
  );
}
