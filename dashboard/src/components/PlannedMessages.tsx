// The messages of a plan that was rendered and not sent, as their reader sees them.
import type { PlannedMessage } from "../core/planned";
import { SandboxedFrame } from "./SandboxedFrame";
import "./plannedMessages.css";

export function PlannedMessages({ of }: { of: readonly PlannedMessage[] }) {
  return of.map((message, index) => <MessageView key={index} message={message} />);
}

function MessageView({ message }: { message: PlannedMessage }) {
  const to = typeof message.to === "string" ? message.to : "";
  const text = typeof message.text === "string" ? message.text : "";
  if (typeof message.subject !== "string") {
    return (
      <div className="mail">
        <p className="muted small">SMS to {to}</p>
        <p className="bubble">{text}</p>
      </div>
    );
  }
  return (
    <div className="mail">
      <p className="small">
        <span className="muted">To {to} · </span>
        <strong>{message.subject}</strong>
      </p>
      {typeof message.html === "string" && message.html ? (
        <SandboxedFrame title={`E-mail: ${message.subject}`} html={message.html} />
      ) : (
        <p className="mail__text">{text}</p>
      )}
    </div>
  );
}
