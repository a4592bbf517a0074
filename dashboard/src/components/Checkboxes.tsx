// Several of a few texts, with a box to tick for each; others that are chosen stay until they are taken out.
import { words } from "../core/words";
import "./checkboxes.css";

interface CheckboxesProps {
  label: string;
  choices: readonly string[];
  /** Returns what stands at a choice. */
  nameOf?: (choice: string) => string;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

export function Checkboxes({ label, choices, nameOf = words, chosen, onChange }: CheckboxesProps) {
  const all = [...choices, ...chosen.filter((each) => !choices.includes(each))];
  return (
    <div className="checkboxes" role="group" aria-label={label}>
      {all.map((choice) => (
        <label key={choice}>
          <input
            type="checkbox"
            checked={chosen.includes(choice)}
            onChange={({ target }) =>
              onChange(all.filter((each) => (each === choice ? target.checked : chosen.includes(each))))
            }
          />
          {nameOf(choice)}
        </label>
      ))}
    </div>
  );
}
