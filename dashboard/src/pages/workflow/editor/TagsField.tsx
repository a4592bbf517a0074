// The tags of a workflow: each can be removed, and new ones are typed or picked from those of the location.
import { X } from "lucide-react";
import { useId, useState } from "react";
import { useTags } from "../../../api/reads";
import { Field } from "../../../components/Field";
import { isSameTag, LONGEST_TAG, MOST_TAGS, withTag } from "../../../core/tags";

interface TagsFieldProps {
  tags: readonly string[];
  isReadOnly: boolean;
  onChange: (tags: readonly string[]) => void;
}

export function TagsField({ tags, isReadOnly, onChange }: TagsFieldProps) {
  const [text, setText] = useState("");
  const known = useTags();
  const listId = useId();
  const isFull = tags.length >= MOST_TAGS;
  const add = () => {
    onChange(withTag(tags, text));
    setText("");
  };
  return (
    <div className="field">
      {tags.length > 0 && (
        <ul className="tags" aria-label="Tags of this workflow">
          {tags.map((tag) => (
            <li key={tag} className="badge">
              {tag}
              {!isReadOnly && (
                <button
                  type="button"
                  className="tags__remove"
                  aria-label={`Remove the tag ${tag}`}
                  onClick={() => onChange(tags.filter((each) => each !== tag))}
                >
                  <X size={12} aria-hidden />
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {!isReadOnly && (
        <Field label="Add a tag" isOptional help={isFull ? `A workflow has ${MOST_TAGS} tags at most.` : "Tags filter the list of workflows. Press Enter after each."}>
          {(input) => (
            <>
              <input
                {...input}
                className="input"
                list={listId}
                maxLength={LONGEST_TAG}
                disabled={isFull}
                value={text}
                onChange={({ target }) => setText(target.value)}
                onBlur={() => text && add()}
                onKeyDown={(event) => {
                  if (event.key !== "Enter" && event.key !== ",") return;
                  event.preventDefault();
                  add();
                }}
              />
              <datalist id={listId}>
                {known.filter((each) => !tags.some((tag) => isSameTag(tag, each))).map((each) => (
                  <option key={each} value={each} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      )}
    </div>
  );
}
