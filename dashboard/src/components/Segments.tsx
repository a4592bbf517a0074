// A choice of a few, all in sight.
import { useId } from "react";
import "./segments.css";

interface SegmentsProps<T extends string> {
  label: string;
  options: readonly (readonly [value: T, words: string])[];
  value: T;
  isDisabled?: boolean;
  onChange: (value: T) => void;
}

export function Segments<T extends string>({ label, options, value, isDisabled, onChange }: SegmentsProps<T>) {
  const name = useId();
  return (
    <div className="segments" role="radiogroup" aria-label={label}>
      {options.map(([each, words]) => (
        <label key={each} className="segments__one">
          <input
            type="radio"
            className="visually-hidden"
            name={name}
            checked={each === value}
            disabled={isDisabled ?? false}
            onChange={() => onChange(each)}
          />
          <span>{words}</span>
        </label>
      ))}
    </div>
  );
}
