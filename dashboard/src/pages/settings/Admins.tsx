// Who gets the messages that are sent to "admin".
import { Plus, X } from "lucide-react";
import { Button, IconButton } from "../../components/Button";
import { asProblems, Field } from "../../components/Field";
import { count } from "../../components/format";
import { fieldProblemsAt } from "../../core/fieldProblems";
import type { Admin } from "../../core/settings";
import { SourceNote, type FrameProps, type Handle } from "./Setting";

const ADMIN_FIELDS = [
  { name: "name", label: "Name", type: "text" },
  { name: "email", label: "E-mail", type: "email" },
  { name: "phone", label: "Phone", type: "tel" },
] as const;

type AdminsProps = FrameProps & { handle: Handle<"admins"> };

export function Admins({ handle, problems, ...frame }: AdminsProps) {
  const admins = handle.value ?? [];
  const replace = (index: number, admin: Admin) =>
    handle.set(admins.map((each, at) => (at === index ? admin : each)));
  return (
    <>
      <div className="field__label">
        <span className="muted small">{admins.length === 0 ? "Nobody yet" : count(admins.length, "person", "people")}</span>
        <SourceNote label="the admins" {...frame} />
      </div>
      <ul className="settings__people">
        {admins.map((admin, index) => (
          <li key={index}>
            {ADMIN_FIELDS.map(({ name, label, type }) => (
              <Field
                key={name}
                label={label}
                problems={asProblems(fieldProblemsAt(problems, `admins[${index}].${name}`))}
              >
                {(input) => (
                  <input
                    {...input}
                    className="input"
                    type={type}
                    readOnly={frame.isReadOnly}
                    value={admin[name] ?? ""}
                    onChange={({ target }) =>
                      replace(index, { ...admin, [name]: target.value || (name === "name" ? "" : null) })
                    }
                  />
                )}
              </Field>
            ))}
            {!frame.isReadOnly && (
              <IconButton
                label={`Remove ${admin.name || "this person"}`}
                icon={<X size={15} />}
                onPress={() => handle.set(admins.filter((_, at) => at !== index))}
              />
            )}
          </li>
        ))}
      </ul>
      {!frame.isReadOnly && (
        <div>
          <Button
            size="small"
            icon={<Plus size={14} />}
            onPress={() => handle.set([...admins, { name: "", email: null, phone: null }])}
          >
            Add a person
          </Button>
        </div>
      )}
    </>
  );
}
