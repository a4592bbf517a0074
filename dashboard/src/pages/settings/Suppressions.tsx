// Recipients that get no messages: listed masked, since the addresses themselves are not stored.
import { MailX } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/problem";
import type { Schema } from "../../api/client";
import { PAGED, READS } from "../../api/queries";
import { Button } from "../../components/Button";
import { Confirm, FormDialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { List } from "../../components/List";
import { Notice } from "../../components/Notice";
import { SearchInput } from "../../components/SearchInput";
import { Select } from "../../components/Select";
import { Empty } from "../../components/States";
import { ACTIONS, Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { useApi } from "../../currentLocation";

type Suppression = Schema<"SuppressionView">;
type SuppressionScope = Schema<"SuppressionScope">;

const REASONS = {
  unsubscribed: { word: "Unsubscribed", why: "by the link in a message" },
  bounced: { word: "Bounced", why: "the address does not accept mail" },
  complained: { word: "Complained", why: "reported a message as spam" },
  manual: { word: "By hand", why: "added by the location or its booking system" },
} as const;

const SCOPES = { all: "All messages", marketing: "Marketing and surveys" } as const;

export function Suppressions() {
  const { report, reportFailure } = useToasts();
  const api = useApi();
  const list = api.useInfiniteQuery("get", "/suppressions", {}, PAGED);
  const [isAdding, setAdding] = useState(false);
  const [lifted, setLifted] = useState<Suppression | null>(null);
  const lift = api.useMutation("delete", "/suppressions/{address_hash}", {
    onSuccess: () => report(`Unblocked ${lifted?.masked}.`),
    onError: reportFailure,
    onSettled: () => setLifted(null),
  });

  return (
    <>
      <div className="toolbar">
        <Find onFound={setLifted} />
        <Button look="primary" icon={<MailX size={16} />} onPress={() => setAdding(true)}>
          Block a recipient
        </Button>
      </div>
      <List
        what="blocked recipients"
        query={list}
        columns={["Recipient", "Reason", "Blocked", "Since", ACTIONS]}
        row={(each) => (
          <Row key={each.id}>
            <Cell>
              <strong>{each.masked}</strong>
            </Cell>
            <Cell of="Reason">
              <div className="table__main">
                <span>{REASONS[each.reason].word}</span>
                <span className="muted small">{REASONS[each.reason].why}</span>
              </div>
            </Cell>
            <Cell of="Blocked">{SCOPES[each.scope]}</Cell>
            <Cell of="Since">
              <Ago at={each.created_at} />
            </Cell>
            <Cell>
              <Button size="small" onPress={() => setLifted(each)}>
                Unblock
              </Button>
            </Cell>
          </Row>
        )}
        empty={
          <Empty icon={<MailX size={24} />} title="No blocked recipients">
            Recipients appear here when they unsubscribe, when a message bounces, or when you block them.
          </Empty>
        }
      />
      {isAdding && <AddDialog onClose={() => setAdding(false)} />}
      {lifted && (
        <Confirm
          title={`Unblock ${lifted.masked}?`}
          action="Unblock"
          isDangerous={lifted.reason !== "manual"}
          isBusy={lift.isPending}
          onClose={() => setLifted(null)}
          onConfirm={() => lift.mutate({ params: { path: { address_hash: lifted.id } } })}
        >
          {lifted.reason === "unsubscribed" || lifted.reason === "complained" ? (
            <Notice tone="warn">
              This customer asked to get no messages. Unblock only if they have agreed to get them again.
            </Notice>
          ) : lifted.reason === "bounced" ? (
            <Notice tone="warn">Mail to this address bounced. Sending to such addresses harms the delivery of all your mail.</Notice>
          ) : (
            <p>Workflows send to this recipient again. Messages that were blocked are not sent later.</p>
          )}
        </Confirm>
      )}
    </>
  );
}

/** Looks for an address; the list cannot, as it holds no addresses. */
function Find({ onFound }: { onFound: (suppression: Suppression) => void }) {
  const { report, reportFailure } = useToasts();
  const [address, setAddress] = useState("");
  const find = useApi().useMutation("post", "/suppressions/find", {
    ...READS,
    onSuccess: ({ suppression }) => (suppression ? onFound(suppression) : report("This recipient is not blocked.")),
    onError: reportFailure,
  });
  return (
    <form
      className="toolbar__form"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (address.trim()) find.mutate({ body: { address: address.trim() } });
      }}
    >
      <SearchInput
        label="Find a recipient"
        placeholder="E-mail address or phone number"
        value={address}
        onChange={setAddress}
      />
      <Button type="submit" isPending={find.isPending}>
        Find
      </Button>
    </form>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const { report } = useToasts();
  const [address, setAddress] = useState("");
  const [scope, setScope] = useState<SuppressionScope>("all");
  const add = useApi().useMutation("post", "/suppressions", {
    onSuccess: ({ masked }) => {
      report(`Blocked ${masked}.`);
      onClose();
    },
  });
  return (
    <FormDialog
      title="Block a recipient"
      action="Block"
      isBusy={add.isPending}
      isReady={address.trim() !== ""}
      onSubmit={() => add.mutate({ body: { address: address.trim(), scope } })}
      onClose={onClose}
    >
      <Field
        label="E-mail address or phone number"
        isRequired
        help="Only a fingerprint and a masked form are stored"
        problems={add.isError ? [{ text: messageOf(add.error), severity: "error" }] : []}
      >
        {(input) => (
          <input
            {...input}
            className="input"
            autoComplete="off"
            maxLength={320}
            value={address}
            onChange={({ target }) => setAddress(target.value)}
          />
        )}
      </Field>
      <Field label="Which messages are blocked">
        {(input) => (
          <Select
            {...input}
            options={{ all: SCOPES.all, marketing: `${SCOPES.marketing}; messages about bookings are sent` }}
            value={scope}
            onChange={setScope}
          />
        )}
      </Field>
    </FormDialog>
  );
}
