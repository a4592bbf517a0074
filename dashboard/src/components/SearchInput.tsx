// A field to search with, under its sign.
import { Search } from "lucide-react";

interface SearchInputProps {
  label: string;
  placeholder?: string;
  /** Id of a list of what is suggested. */
  list?: string;
  value: string;
  onChange: (text: string) => void;
}

export function SearchInput({ label, placeholder, list, value, onChange }: SearchInputProps) {
  return (
    <div className="search">
      <Search size={16} aria-hidden />
      <input
        className="input"
        type="search"
        aria-label={label}
        placeholder={placeholder}
        list={list}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  );
}
