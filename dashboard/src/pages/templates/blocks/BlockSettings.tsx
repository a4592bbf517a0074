// What a block or a variable has to set beside its text, each change at once.
import type { Editor } from "@tiptap/react";
import { useEditorState } from "@tiptap/react";
import { ArrowDown, ArrowUp, ChevronDown, Plus, Trash2, X } from "lucide-react";
import { useRef } from "react";
import { Button, IconButton } from "../../../components/Button";
import { Field } from "../../../components/Field";
import { Select } from "../../../components/Select";
import { VariablePicker } from "../../../components/VariablePicker";
import { insertAtCursor } from "../../../components/variableText";
import { addressOf, BOOKING_ROWS, formatsFor, nameOfBlock, NETWORKS } from "../../../core/blocks";
import { kindOfVariable, labelOf, placeholder, type VariableGroup } from "../../../core/variables";
import { AddressField } from "./AddressField";
import { BesideBox } from "./BesideBox";
import { setAttributes } from "./commands";
import type { Box } from "./places";

interface BlockSettingsProps {
  editor: Editor;
  pos: number;
  box: Box;
  variables: readonly VariableGroup[];
  onClose: () => void;
}

interface PartProps<A> {
  attrs: A;
  variables: readonly VariableGroup[];
  onChange: (attributes: Partial<A>) => void;
}

export function BlockSettings({ editor, pos, box, variables, onClose }: BlockSettingsProps) {
  const node = useEditorState({ editor, selector: (it) => it.editor.state.doc.nodeAt(pos) });
  if (!node) return null;
  const type = node.type.name;
  const attrs = node.attrs as never;
  const part = {
    attrs,
    variables,
    onChange: (attributes: object) =>
      editor.view.dispatch(setAttributes(editor.state, pos, attributes as Record<string, unknown>)),
  };
  return (
    <BesideBox
      box={box}
      label={type === "variable" ? "Variable" : `Settings: ${nameOfBlock({ type, attrs })}`}
      className={type === "html" ? "block-settings block-settings--wide" : "block-settings"}
      onClose={onClose}
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
        }}
      >
        {type === "button" && <ButtonSettings {...part} />}
        {type === "image" && <ImageSettings {...part} />}
        {type === "booking_details" && <DetailsSettings {...part} />}
        {type === "social_links" && <SocialSettings {...part} />}
        {type === "html" && <HtmlSettings {...part} />}
        {type === "variable" && <VariableSettings {...part} />}
        <div className="block-settings__foot">
          {type === "variable" && (
            <Button
              size="small"
              look="quiet"
              icon={<Trash2 size={14} />}
              onPress={() => {
                editor.view.dispatch(editor.state.tr.delete(pos, pos + node.nodeSize));
                onClose();
              }}
            >
              Remove
            </Button>
          )}
          <Button size="small" look="primary" type="submit">
            Done
          </Button>
        </div>
      </form>
    </BesideBox>
  );
}

function ButtonSettings({ attrs, variables, onChange }: PartProps<{ url: string }>) {
  return (
    <AddressField
      label="Where it leads"
      help="Its words are written in the e-mail itself."
      isFirst
      value={attrs.url}
      variables={variables}
      onChange={(url) => onChange({ url })}
    />
  );
}

function ImageSettings({ attrs, variables, onChange }: PartProps<{ src: string; alt: string; width: number | null; url: string }>) {
  return (
    <>
      <AddressField
        label="Address of the image"
        isFirst
        value={attrs.src}
        variables={variables}
        onChange={(src) => onChange({ src })}
      />
      <Field label="Description" help="Shown where images are blocked, and read out. Empty for mere decoration.">
        {(input) => (
          <input
            {...input}
            className="input"
            maxLength={500}
            value={attrs.alt}
            onChange={({ target }) => onChange({ alt: target.value })}
          />
        )}
      </Field>
      <Field label="Width in pixels" isOptional help="As wide as the e-mail when empty.">
        {(input) => (
          <input
            {...input}
            className="input"
            type="number"
            min={1}
            max={2000}
            value={attrs.width ?? ""}
            onChange={({ target }) => onChange({ width: target.value === "" ? null : Math.trunc(target.valueAsNumber) })}
          />
        )}
      </Field>
      <AddressField
        label="Link"
        isOptional
        value={attrs.url}
        variables={variables}
        onChange={(url) => onChange({ url })}
      />
    </>
  );
}

/** Returns the items with one moved by a place, or the same ones at the edge. */
function moved<T>(items: readonly T[], index: number, by: -1 | 1): T[] {
  const next = [...items];
  const [item] = next.splice(index, 1);
  if (item !== undefined) next.splice(Math.max(0, index + by), 0, item);
  return next;
}

interface OrderProps<T> {
  items: readonly T[];
  index: number;
  name: string;
  onChange: (items: T[]) => void;
}

function OrderButtons<T>({ items, index, name, onChange }: OrderProps<T>) {
  return (
    <>
      <IconButton
        label={`Move ${name} up`}
        size="small"
        icon={<ArrowUp size={14} />}
        isDisabled={index === 0}
        onPress={() => onChange(moved(items, index, -1))}
      />
      <IconButton
        label={`Move ${name} down`}
        size="small"
        icon={<ArrowDown size={14} />}
        isDisabled={index === items.length - 1}
        onPress={() => onChange(moved(items, index, 1))}
      />
      <IconButton
        label={`Remove ${name}`}
        size="small"
        icon={<X size={14} />}
        onPress={() => onChange(items.filter((_, at) => at !== index))}
      />
    </>
  );
}

function DetailsSettings({ attrs: { rows }, onChange }: PartProps<{ rows: string[] }>) {
  const left = Object.entries(BOOKING_ROWS).filter(([row]) => !rows.includes(row));
  const change = (next: string[]) => onChange({ rows: next });
  return (
    <div className="field">
      <span className="field__label">Rows</span>
      <ul className="ordered" aria-label="Rows">
        {rows.map((row, index) => (
          <li key={row} className="ordered__item">
            <span className="ordered__name">{BOOKING_ROWS[row] ?? row}</span>
            <OrderButtons items={rows} index={index} name={BOOKING_ROWS[row] ?? row} onChange={change} />
          </li>
        ))}
      </ul>
      {left.length > 0 && (
        <Select
          aria-label="Add a row"
          options={[["", "Add a row …"] as const, ...left]}
          value=""
          onChange={(row) => row && change([...rows, row])}
        />
      )}
      <p className="field__help">A row without a value is left out of the message.</p>
    </div>
  );
}

interface SocialLink {
  network: string;
  url: string;
}

function SocialSettings({ attrs: { links }, onChange }: PartProps<{ links: SocialLink[] }>) {
  const change = (next: SocialLink[]) => onChange({ links: next });
  const set = (index: number, part: Partial<SocialLink>) =>
    change(links.map((link, at) => (at === index ? { ...link, ...part } : link)));
  const free = Object.keys(NETWORKS).find((network) => links.every((link) => link.network !== network));
  return (
    <>
      {links.map((link, index) => (
        <div key={index} className="social-link">
          <Select
            aria-label="Network"
            options={NETWORKS}
            value={link.network}
            onChange={(network) => set(index, { network })}
          />
          <span className="social-link__order">
            <OrderButtons items={links} index={index} name={NETWORKS[link.network] ?? link.network} onChange={change} />
          </span>
          <input
            className="input social-link__url"
            aria-label={`Address of your page on ${NETWORKS[link.network] ?? link.network}`}
            inputMode="url"
            maxLength={2000}
            placeholder="https://"
            value={link.url}
            onChange={({ target }) => set(index, { url: target.value })}
            onBlur={() => set(index, { url: addressOf(link.url) })}
          />
        </div>
      ))}
      <Button
        size="small"
        icon={<Plus size={14} />}
        onPress={() => change([...links, { network: free ?? "website", url: "" }])}
      >
        Add a profile
      </Button>
    </>
  );
}

function HtmlSettings({ attrs, variables, onChange }: PartProps<{ html: string }>) {
  const ref = useRef<HTMLTextAreaElement>(null);
  return (
    <Field
      label="HTML"
      aside={
        <VariablePicker
          groups={variables}
          onPick={(variable) => {
            onChange({ html: insertAtCursor(ref.current, attrs.html, placeholder(variable)) });
            requestAnimationFrame(() => ref.current?.focus());
          }}
        />
      }
    >
      {(input) => (
        <textarea
          {...input}
          ref={ref}
          className="input input--mono"
          rows={10}
          maxLength={131_072}
          spellCheck={false}
          // It is what was opened to be written.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          value={attrs.html}
          onChange={({ target }) => onChange({ html: target.value })}
        />
      )}
    </Field>
  );
}

function VariableSettings({ attrs, variables, onChange }: PartProps<{ path: string; fallback: string | null; format: string | null }>) {
  const { path, fallback, format } = attrs;
  const formats = formatsFor(kindOfVariable(variables, path));
  const known = variables.flatMap((group) => group.variables).find((each) => each.path === path);
  return (
    <>
      <div className="field">
        <span className="field__label">Variable</span>
        <VariablePicker
          groups={variables}
          button={{
            className: "input block-settings__variable",
            label: `Variable: ${labelOf(variables, path)}. Choose another`,
            content: (
              <>
                <span>{labelOf(variables, path)}</span>
                <ChevronDown size={14} aria-hidden />
              </>
            ),
          }}
          onPick={(variable) => onChange({ path: variable.path, format: null })}
        />
        <p className="field__help">
          <code>{path}</code>
        </p>
      </div>
      <Field
        label="If it has no value"
        isOptional
        help={
          fallback
            ? "Shown in its place."
            : known && !known.optional
              ? "The booking system always sends it, though it may be empty."
              : "Nothing is shown in its place when empty."
        }
      >
        {(input) => (
          <input
            {...input}
            className="input"
            maxLength={500}
            placeholder={path === "customer.first_name" ? "there" : ""}
            // It is what most people open it for.
            // eslint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
            value={fallback ?? ""}
            onChange={({ target }) => onChange({ fallback: target.value || (known && !known.optional ? null : "") })}
          />
        )}
      </Field>
      {Object.keys(formats).length > 0 && (
        <Field label="Shown as">
          {(input) => (
            <Select
              {...input}
              options={{ ...(format && !(format in formats) && { [format]: format }), ...formats }}
              value={format ?? ""}
              onChange={(chosen) => onChange({ format: chosen || null })}
            />
          )}
        </Field>
      )}
    </>
  );
}
