// Lets an operator say whether a step's message or request arrived, or send it again.
import { Check, Send } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { Button } from "../../../components/Button";
import { Confirm } from "../../../components/Dialog";
import { useToasts } from "../../../components/toasts";
import { possibleOutcomes, type Execution, type Outcome, type Step } from "../../../core/executions";
import { useCurrentLocation } from "../../../currentLocation";

interface SettleOutcomeProps {
  execution: Execution;
  step: Step;
}

export function SettleOutcome({ execution, step }: SettleOutcomeProps) {
  const { api, may, path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState<Outcome | null>(null);
  const settling = api.useMutation("post", "/executions/{execution_id}/outcomes", {
    onSuccess: ({ resumed_by }, { body: { outcome } }) => {
      report(outcome === "arrived" ? "Noted that it arrived. It is not sent again." : "Resumed. It is sent again.");
      if (resumed_by) navigate(path(`/workflows/${execution.workflow_id}/executions/${resumed_by}`));
    },
    onError: reportFailure,
    onSettled: () => setAsking(null),
  });
  const outcomes = possibleOutcomes(execution, step);
  if (outcomes.length === 0 || !may("editor")) return null;
  const settle = (outcome: Outcome) =>
    settling.mutate({
      params: { path: { execution_id: execution.id } },
      body: { node_id: step.node_id, outcome },
    });
  return (
    <div className="execution-actions">
      <Button icon={<Check size={15} />} onPress={() => setAsking("arrived")}>
        It arrived
      </Button>
      {outcomes.includes("send_again") && (
        <Button icon={<Send size={15} />} onPress={() => setAsking("send_again")}>
          Send again
        </Button>
      )}
      {asking === "arrived" && (
        <Confirm
          title="Did it arrive?"
          action="It arrived"
          isBusy={settling.isPending}
          onClose={() => setAsking(null)}
          onConfirm={() => settle("arrived")}
        >
          <p>Choose this if the recipient has the message, or the other system has the request. It is never sent again.</p>
          <p>To continue with the next steps, resume the execution afterwards.</p>
        </Confirm>
      )}
      {asking === "send_again" && (
        <Confirm
          title="Send it again?"
          action="Send again"
          isDangerous
          isBusy={settling.isPending}
          onClose={() => setAsking(null)}
          onConfirm={() => settle("send_again")}
        >
          <p>If the first one arrived, the recipient gets it twice. The execution is resumed from this step.</p>
        </Confirm>
      )}
    </div>
  );
}
