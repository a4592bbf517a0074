// Takes in a secret, new or in the place of another; the value leaves the page with the call.
import { Copy, Eye } from "lucide-react";
import { useState } from "react";
import { basedOn, type Schema } from "../../api/client";
import { hostsOf, SIGNING_SECRET } from "../../core/hosts";
import { Button } from "../../components/Button";
import { Dialog, FormDialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { count } from "../../components/format";
import { Switch } from "../../components/Switch";
import { useToasts } from "../../components/toasts";
import { useApi } from "../../currentLocation";

export type Secret = Schema<"SecretInfo">;

const OVERLAP_HOURS = 24;
const MOST_OVERLAP_HOURS = 720;

interface SecretDialogProps {
  /** The secret that gets another value; null for a new one. */
  rotated: Secret | null;
  onClose: () => void;
  /** Called with a signing secret that was made here. */
  onMade: (value: string) => void;
}

export function SecretDialog({ rotated, onClose, onMade }: SecretDialogProps) {
  const { report } = useToasts();
  const api = useApi();
  const [name, setName] = useState(rotated?.name ?? "");
  const [value, setValue] = useState("");
  const [hosts, setHosts] = useState("");
  const [isOwn, setOwn] = useState(false);
  const [overlap, setOverlap] = useState(OVERLAP_HOURS);
  const isSigning = name === SIGNING_SECRET;
  const takesValue = !isSigning || isOwn;
  const isReady = name !== "" && (!takesValue || value !== "") && overlap >= 0 && overlap <= MOST_OVERLAP_HOURS;

  const onSuccess = ({ made }: Schema<"StoredSecret">) => {
    report(
      rotated
        ? `Rotated ${name}. The old value stays valid for ${count(overlap, "more hour")}.`
        : `Added the secret ${name}.`,
    );
    if (made) onMade(made);
    else onClose();
  };
  const create = api.useMutation("post", "/secrets", { onSuccess });
  const rotate = api.useMutation("post", "/secrets/{name}/rotate", { onSuccess });
  const { error, isPending } = rotated ? rotate : create;
  const store = () => {
    const given = takesValue ? value : null;
    if (rotated) {
      rotate.mutate({ ...basedOn({ name }, rotated.revision), body: { value: given, overlap_hours: overlap } });
    } else {
      create.mutate({ body: { name, value: given, hosts: isSigning ? [] : hostsOf(hosts) } });
    }
  };

  return (
    <FormDialog
      title={rotated ? `Rotate ${rotated.name}` : "Add a secret"}
      action={rotated ? "Rotate" : "Add secret"}
      isBusy={isPending}
      isReady={isReady}
      error={error}
      onSubmit={store}
      onClose={onClose}
    >
      {!rotated && (
        <Field
          label="Name"
          isRequired
          help={`Lowercase letters, digits, - and _. Use ${SIGNING_SECRET} for the secret that signs webhooks`}
        >
          {(input) => (
            <input
              {...input}
              className="input"
              list="secret-names"
              maxLength={64}
              autoCapitalize="none"
              spellCheck={false}
              placeholder="crm-token"
              value={name}
              onChange={({ target }) => setName(target.value.trim())}
            />
          )}
        </Field>
      )}
      <datalist id="secret-names">
        <option value={SIGNING_SECRET} />
      </datalist>
      {isSigning && (
        <Switch isOn={isOwn} onChange={setOwn}>
          Use my own value instead of a random one
        </Switch>
      )}
      {takesValue && (
        <Field
          label="Value"
          isRequired
          help={
            isSigning
              ? "whsec_ followed by Base64. It is stored encrypted and never shown"
              : "8 to 1,500 visible characters. It is stored encrypted and never shown"
          }
        >
          {(input) => (
            <input
              {...input}
              className="input input--mono"
              type="password"
              autoComplete="new-password"
              maxLength={1500}
              value={value}
              onChange={({ target }) => setValue(target.value)}
            />
          )}
        </Field>
      )}
      {!rotated && !isSigning && <HostsField value={hosts} onChange={setHosts} />}
      {rotated && (
        <Field
          label="Old value stays valid for"
          help={
            isSigning
              ? `Until then webhooks are signed with both values, so that receivers can switch. At most ${MOST_OVERLAP_HOURS} hours`
              : `At most ${MOST_OVERLAP_HOURS} hours. Headers use the new value at once`
          }
        >
          {(input) => (
            <span className="settings__unit">
              <input
                {...input}
                className="input"
                type="number"
                min={0}
                max={MOST_OVERLAP_HOURS}
                value={Number.isNaN(overlap) ? "" : overlap}
                onChange={({ target }) => setOverlap(target.valueAsNumber)}
              />
              hours
            </span>
          )}
        </Field>
      )}
    </FormDialog>
  );
}

/** The hosts that webhooks may send a secret to; its value stays. */
export function HostsDialog({ secret, onClose }: { secret: Secret; onClose: () => void }) {
  const { report } = useToasts();
  const [hosts, setHosts] = useState(secret.hosts.join("\n"));
  const store = useApi().useMutation("put", "/secrets/{name}/hosts", {
    onSuccess: () => {
      report(`Saved the hosts of ${secret.name}.`);
      onClose();
    },
  });

  return (
    <FormDialog
      title={`Hosts of ${secret.name}`}
      action="Save hosts"
      isBusy={store.isPending}
      error={store.error}
      onSubmit={() => store.mutate({ ...basedOn({ name: secret.name }, secret.revision), body: { hosts: hostsOf(hosts) } })}
      onClose={onClose}
    >
      <HostsField value={hosts} onChange={setHosts} />
    </FormDialog>
  );
}

function HostsField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Field
      label="Hosts"
      help="One per line, such as api.example.com, or *.example.com for all hosts below it. Webhooks send the secret to these hosts only, over https. Without a host it is not sent"
    >
      {(input) => (
        <textarea
          {...input}
          className="input input--mono"
          rows={3}
          maxLength={6000}
          autoCapitalize="none"
          spellCheck={false}
          placeholder="api.example.com"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

/** The signing secret that was made: for the receivers, this one time. */
export function MadeSecret({ value, onClose }: { value: string; onClose: () => void }) {
  const { report, reportFailure } = useToasts();
  const [isShown, setShown] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      report("Copied. Give it to the receivers of your webhooks.");
    } catch {
      setShown(true);
      reportFailure(new Error("The browser does not allow copying. Select the secret and copy it yourself."));
    }
  };
  return (
    <Dialog
      title="Signing secret created"
      isOpen
      isStrict
      onClose={onClose}
      actions={
        <Button look="primary" onPress={onClose}>
          I have stored it
        </Button>
      }
    >
      <p>
        Receivers use it to check that a webhook comes from you. Copy it now: after you close this dialog, nobody
        can read it again.
      </p>
      <div className="secret-made">
        <Button icon={<Copy size={15} />} onPress={() => void copy()}>
          Copy the secret
        </Button>
        {!isShown && (
          <Button look="quiet" icon={<Eye size={15} />} onPress={() => setShown(true)}>
            Show it
          </Button>
        )}
        {isShown && <code className="code">{value}</code>}
      </div>
    </Dialog>
  );
}
