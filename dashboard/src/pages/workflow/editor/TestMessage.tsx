// Tries out the message of a step: the button is there once the step says which one it is.
import { NAMES, useTemplates } from "../../../api/reads";
import { SendMessageTest } from "../../../components/SendMessageTest";
import { BUILT_IN_INVITATION } from "../../../core/messages";
import type { GraphNode } from "../../../core/graph";

export function TestMessage({ node, trigger }: { node: GraphNode; trigger: string }) {
  const templates = useTemplates(NAMES);
  const chosen = node.config?.["template"];
  const template = templates.data?.find(({ id }) => id === chosen);
  if (node.type === "send_survey_email" && !chosen) {
    return <SendMessageTest templateId={BUILT_IN_INVITATION} name="Survey invitation" channel="email" trigger={trigger} />;
  }
  if (!template) return null;
  return (
    <SendMessageTest
      key={template.id}
      templateId={template.id}
      name={template.name}
      channel={template.channel}
      trigger={trigger}
    />
  );
}
