// A choice among words.
import type { ComponentProps } from "react";

interface SelectProps<V extends string> extends Omit<ComponentProps<"select">, "value" | "onChange" | "children"> {
  /** The values with their words, in this order. */
  options: Readonly<Record<V, string>> | readonly (readonly [V, string])[];
  value: V | undefined;
  onChange: (value: V) => void;
}

export function Select<V extends string>({ options, onChange, ...rest }: SelectProps<V>) {
  const pairs = Array.isArray(options) ? (options as [V, string][]) : (Object.entries(options) as [V, string][]);
  return (
    <select className="input" {...rest} onChange={({ target }) => onChange(target.value as V)}>
      {pairs.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  );
}
