// The secrets of webhooks: values go in, and are never shown again.
import { Globe, KeyRound, Plus, RefreshCw, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { basedOn } from "../../api/client";
import { useWholeList } from "../../api/queries";
import { useSecrets } from "../../api/reads";
import { Button, IconButton } from "../../components/Button";
import { Confirm } from "../../components/Dialog";
import { count } from "../../components/format";
import { List } from "../../components/List";
import { Missing } from "../../components/Missing";
import { Empty } from "../../components/States";
import { ACTIONS, Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { wholeList } from "../../components/wholeList";
import { SIGNING_SECRET } from "../../core/hosts";
import { useApi } from "../../currentLocation";
import { HostsDialog, MadeSecret, SecretDialog, type Secret } from "./SecretDialog";

type Open = { kind: "add" } | { kind: "rotate" | "delete" | "hosts"; secret: Secret } | { kind: "made"; value: string };

export function Secrets() {
  const { report, reportFailure } = useToasts();
  const secrets = useSecrets();
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const add = (
    <Button look="primary" icon={<Plus size={16} />} onPress={() => setOpen({ kind: "add" })}>
      Add secret
    </Button>
  );

  const remove = useApi().useMutation("delete", "/secrets/{name}", {
    onSuccess: (_, { params }) => report(`Deleted the secret ${params.path.name}.`),
    onError: reportFailure,
    onSettled: close,
  });

  return (
    <>
      <div className="toolbar">
        <p className="muted small" style={{ flex: "1 1 320px" }}>
          To use a secret, put <code>{"{{ secret.name }}"}</code> into a webhook’s header. The secret{" "}
          <code>{SIGNING_SECRET}</code> signs every webhook, so that receivers can check that it comes from you.
        </p>
        {add}
      </div>
      <List
        what="secrets"
        query={wholeList(secrets, secrets.data?.items)}
        columns={["Name", "Sent to", "Changed", "Rotated", ACTIONS]}
        row={(secret) => (
          <SecretRow
            key={secret.name}
            secret={secret}
            onHosts={() => setOpen({ kind: "hosts", secret })}
            onRotate={() => setOpen({ kind: "rotate", secret })}
            onDelete={() => setOpen({ kind: "delete", secret })}
          />
        )}
        empty={
          <Empty icon={<KeyRound size={24} />} title="No secrets yet">
            Store tokens and passwords of other systems here, not in a workflow. A value can be replaced but never read.
          </Empty>
        }
      />
      {(open?.kind === "add" || open?.kind === "rotate") && (
        <SecretDialog
          rotated={open.kind === "rotate" ? open.secret : null}
          onClose={close}
          onMade={(value) => setOpen({ kind: "made", value })}
        />
      )}
      {open?.kind === "hosts" && <HostsDialog secret={open.secret} onClose={close} />}
      {open?.kind === "made" && <MadeSecret value={open.value} onClose={close} />}
      {open?.kind === "delete" && (
        <Confirm
          title={`Delete the secret ${open.secret.name}?`}
          action="Delete"
          isDangerous
          isBusy={remove.isPending}
          onClose={close}
          onConfirm={() => remove.mutate(basedOn({ name: open.secret.name }, open.secret.revision))}
        >
          <p>
            {open.secret.name === SIGNING_SECRET
              ? "Webhooks are then sent unsigned, and receivers that check the signature reject them."
              : "Webhooks that use it in a header then fail. The value cannot be restored."}
          </p>
          <UsedBy name={open.secret.name} />
        </Confirm>
      )}
    </>
  );
}

interface SecretRowProps {
  secret: Secret;
  onHosts: () => void;
  onRotate: () => void;
  onDelete: () => void;
}

function SecretRow({ secret, onHosts, onRotate, onDelete }: SecretRowProps) {
  return (
    <Row>
      <Cell>
        <div className="table__main">
          <strong>{secret.name}</strong>
          <code className="muted">
            {secret.name === SIGNING_SECRET ? "signs every webhook" : `{{ secret.${secret.name} }}`}
          </code>
        </div>
      </Cell>
      <Cell of="Sent to">
        <SentTo secret={secret} />
      </Cell>
      <Cell of="Changed">
        <Ago at={secret.updated_at} />
      </Cell>
      <Cell of="Rotated" className="muted">
        {secret.revision === 1 ? "never" : count(secret.revision - 1, "time")}
      </Cell>
      <Cell>
        <div className="row-actions">
          {secret.name !== SIGNING_SECRET && (
            <Button size="small" icon={<Globe size={14} />} onPress={onHosts}>
              Hosts
            </Button>
          )}
          <Button size="small" icon={<RefreshCw size={14} />} onPress={onRotate}>
            Rotate
          </Button>
          <IconButton label={`Delete ${secret.name}`} size="small" icon={<Trash2 size={15} />} onPress={onDelete} />
        </div>
      </Cell>
    </Row>
  );
}

/** Which workflows fail without a secret. */
function UsedBy({ name }: { name: string }) {
  const uses = useWholeList("/secrets/{name}/uses", { name });
  if (!uses.data) return <Missing of={uses} what="Which workflows use it" />;
  if (uses.data.length === 0) return null;
  return <p>Used by {uses.data.map((use) => use.name).join(", ")}.</p>;
}

/** Where a secret is sent, or which workflows wait until an admin names a host. */
function SentTo({ secret }: { secret: Secret }) {
  const isSigning = secret.name === SIGNING_SECRET;
  const isWaiting = !isSigning && secret.hosts.length === 0;
  const uses = useWholeList("/secrets/{name}/uses", { name: secret.name }, { enabled: isWaiting });
  if (isSigning) return <span className="muted">never sent</span>;
  if (!isWaiting) return <>{secret.hosts.join(", ")}</>;
  return (
    <span className="needs__one needs__one--missing">
      <TriangleAlert size={13} aria-hidden />
      <span>
        No hosts, not sent
        {uses.data && uses.data.length > 0 && ` · needed by ${uses.data.map(({ name }) => name).join(", ")}`}
      </span>
    </span>
  );
}
