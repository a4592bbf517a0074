// Messages as they were sent: a line each, that opens the very text in a sealed frame.
import { useState } from "react";
import { FIXED } from "../api/reads";
import { lineOf, reportsOf, sealed, stateOf, type Message } from "../core/messages";
import { useApi } from "../currentLocation";
import { Dialog } from "./Dialog";
import { Notice } from "./Notice";
import { SandboxedFrame } from "./SandboxedFrame";
import { Segments } from "./Segments";
import { Failed, Loading } from "./States";
import { Time } from "./Time";
import "./sentMessages.css";

export function SentMessages({ messages }: { messages: readonly Message[] }) {
  const [opened, setOpened] = useState<Message | null>(null);
  return (
    <>
      <ul className="sent-messages">
        {messages.map((message) => {
          const { word, tone } = stateOf(message.state);
          return (
            <li key={message.id}>
              <button type="button" className="link small" onClick={() => setOpened(message)}>
                {lineOf(message)}
              </button>{" "}
              <span className={`badge badge--${tone}`}>{word}</span>
            </li>
          );
        })}
      </ul>
      {opened && <MessageDialog message={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

type View = "html" | "text";

function MessageDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const path = { execution_id: message.execution_id, message_id: message.id };
  const read = useApi().useQuery(
    "get",
    "/executions/{execution_id}/messages/{message_id}",
    { params: { path } },
    FIXED,
  );
  const [view, setView] = useState<View>("html");
  const text = read.data;
  const views = (["html", "text"] as const).filter((each) => text?.[each]);
  const shown = views.includes(view) ? view : views[0];
  return (
    <Dialog title={lineOf(message)} isOpen isWide onClose={onClose}>
      <dl className="sent-facts small">
        {message.subject && (
          <>
            <dt>Subject</dt>
            <dd>{message.subject}</dd>
          </>
        )}
        <dt>Recipient</dt>
        <dd>
          {message.recipient}, {message.to}
        </dd>
        <dt>Template</dt>
        <dd>
          {message.template_name}, version {message.template_version}
        </dd>
        {reportsOf(message).map(([state, at]) => (
          <Report key={state} word={stateOf(state).word} at={at} />
        ))}
        {reportsOf(message).length === 0 && <Report word="Begun" at={message.sent_at} />}
      </dl>
      {message.state === "unknown" && (
        <Notice tone="warn">It is not known whether this message was sent. The step says what can be done.</Notice>
      )}
      {message.detail && <Notice tone="warn">{message.detail}</Notice>}
      {read.isError && !text && <Failed error={read.error} onRetry={() => void read.refetch()} />}
      {!read.isError && !text && <Loading what="the message" />}
      {text?.is_left_out && <p className="muted small">Its text was too large to be kept, or is not kept any more.</p>}
      {views.length > 1 && (
        <Segments
          label="Show as"
          options={[
            ["html", "As sent"],
            ["text", "Plain text"],
          ]}
          value={shown ?? "html"}
          onChange={setView}
        />
      )}
      {text && shown === "html" && (
        <>
          <SandboxedFrame
            className="sent-mail"
            title={`As sent: ${message.subject}`}
            html={sealed(text.html)}
          />
          <p className="muted small">Pictures are not loaded, and links do not open.</p>
        </>
      )}
      {text && shown === "text" && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className="code sent-text" tabIndex={0} role="region" aria-label="Text of the message">
          {text.text}
        </pre>
      )}
    </Dialog>
  );
}

function Report({ word, at }: { word: string; at: string }) {
  return (
    <>
      <dt>{word}</dt>
      <dd>
        <Time at={at} detail="seconds" />
      </dd>
    </>
  );
}
