// The status of an execution or a step: a colour, a sign and a word, so that no one has to see the colour.
import { Ban, CircleCheck, CircleDashed, CircleX, Clock, LoaderCircle, SkipForward } from "lucide-react";
import type { NodeStatus, ExecutionStatus } from "../core/executions";

type Any = ExecutionStatus | NodeStatus;

const LOOKS = {
  running: { tone: "info", word: "Running", Icon: LoaderCircle },
  waiting: { tone: "info", word: "Waiting", Icon: Clock },
  completed: { tone: "good", word: "Completed", Icon: CircleCheck },
  failed: { tone: "bad", word: "Failed", Icon: CircleX },
  cancelled: { tone: "plain", word: "Cancelled", Icon: Ban },
  skipped: { tone: "warn", word: "Skipped", Icon: SkipForward },
  not_reached: { tone: "plain", word: "Not reached", Icon: CircleDashed },
} as const;

export function Status({ status }: { status: Any }) {
  const { tone, word, Icon } = LOOKS[status];
  return (
    <span className={`badge badge--${tone}`}>
      <Icon size={13} aria-hidden />
      {word}
    </span>
  );
}

export function StatusSign({ status }: { status: Any }) {
  const { word, Icon } = LOOKS[status];
  return <Icon size={18} aria-label={word} className={`sign sign--${status}`} />;
}
