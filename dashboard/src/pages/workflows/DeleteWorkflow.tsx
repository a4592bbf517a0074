// Deletes a workflow, after a question; what it has in progress is cancelled first.
import { useMutation } from "@tanstack/react-query";
import { BULK, drain } from "../../api/bulk";
import { basedOn, type Schema } from "../../api/client";
import { Confirm } from "../../components/Dialog";
import { useToasts } from "../../components/toasts";
import { useApi } from "../../currentLocation";

interface DeleteWorkflowProps {
  workflow: Schema<"WorkflowSummary">;
  onClose: () => void;
}

export default function DeleteWorkflow({ workflow, onClose }: DeleteWorkflowProps) {
  const api = useApi();
  const { report, reportFailure } = useToasts();
  const remove = useMutation({
    ...BULK,
    mutationFn: async () => {
      await drain(api, workflow.id, () => undefined, new AbortController().signal);
      // Turning it off was one save; another one in between is not to be lost.
      const revision = workflow.revision + Number(workflow.enabled);
      await api.DELETE("/workflows/{workflow_id}", basedOn({ workflow_id: workflow.id }, revision));
    },
    onSuccess: () => report(`Deleted “${workflow.name}”.`),
    onError: (error) => {
      reportFailure(error);
      onClose();
    },
  });
  return (
    <Confirm
      title={`Delete “${workflow.name}”?`}
      action="Delete"
      isDangerous
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        The workflow and its draft are deleted, and executions in progress are cancelled. The records of past
        executions are kept.
      </p>
    </Confirm>
  );
}
