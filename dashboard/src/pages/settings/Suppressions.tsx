// Recipients that get no messages: listed masked, since the addresses themselves are not stored.
import { MailX, Search } from "lucide-react";
import { useState } from "react";
import { messageOf } from "../../api/problem";
import {
  useSuppressionCalls,
  useSuppressions,
  type Suppression,
  type SuppressionScope,
} from "../../api/settings";
import { Button } from "../../components/Button";
import { Confirm, Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { List } from "../../components/List";
import { Notice } from "../../components/Notice";
import { Empty } from "../../components/States";
import { ACTIONS, Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";

const REASONS = {
  unsubscribed: { word: "Unsubscribed", why: "by the link in a message" },
  bounced: { word: "Bounced", why: "the address does not accept mail" },
  complained: { word: "Complained", why: "reported a message as spam" },
  manual: { word: "By hand", why: "added by the location or its booking system" },
} as const;

const SCOPES = { all: "All messages", marketing: "Marketing and surveys" } as const;

export function Suppressions() {
  const { report, reportFailure } = useToasts();
  const list = useSuppressions();
  const calls = useSuppressionCalls();
  const [isAdding, setAdding] = useState(false);
  const [lifted, setLifted] = useState<Suppression | null>(null);
  const [isBusy, setBusy] = useState(false);

  const lift = async (suppression: Suppression) => {
    setBusy(true);
    try {
      await calls.lift(suppression.id);
      report(`Unblocked ${suppression.masked}.`);
    } catch (error) {
      reportFailure(error);
    } finally {
      setBusy(false);
      setLifted(null);
    }
  };

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
          isBusy={isBusy}
          onClose={() => setLifted(null)}
          onConfirm={() => void lift(lifted)}
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
  const calls = useSuppressionCalls();
  const [address, setAddress] = useState("");
  const [isBusy, setBusy] = useState(false);
  const find = async () => {
    setBusy(true);
    try {
      const found = await calls.find(address.trim());
      if (found) onFound(found);
      else report("This recipient is not blocked.");
    } catch (error) {
      reportFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="toolbar__form"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (address.trim()) void find();
      }}
    >
      <div className="search">
        <Search size={16} aria-hidden />
        <input
          className="input"
          type="search"
          aria-label="Find a recipient"
          placeholder="E-mail address or phone number"
          value={address}
          onChange={({ target }) => setAddress(target.value)}
        />
      </div>
      <Button type="submit" isPending={isBusy}>
        Find
      </Button>
    </form>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const { report } = useToasts();
  const calls = useSuppressionCalls();
  const [address, setAddress] = useState("");
  const [scope, setScope] = useState<SuppressionScope>("all");
  const [failure, setFailure] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const added = await calls.add(address.trim(), scope);
      report(`Blocked ${added.masked}.`);
      onClose();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title="Block a recipient"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form="suppression"
            isPending={isBusy}
            isDisabled={!address.trim()}
          >
            Block
          </Button>
        </>
      }
    >
      <form
        id="suppression"
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Field
          label="E-mail address or phone number"
          isRequired
          help="Only a fingerprint and a masked form are stored"
          problems={failure === null ? [] : [{ text: messageOf(failure), severity: "error" }]}
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
            <select
              {...input}
              className="input"
              value={scope}
              onChange={({ target }) => setScope(target.value as SuppressionScope)}
            >
              <option value="all">All messages</option>
              <option value="marketing">Marketing and surveys; messages about bookings are sent</option>
            </select>
          )}
        </Field>
      </form>
    </Dialog>
  );
}
