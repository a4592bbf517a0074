// Shows how far the planning of reminders is that a change on this page started.
import { BellRing, X } from "lucide-react";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { useReminderJob, useVersion } from "../../api/reads";
import { IconButton } from "../../components/Button";
import { count } from "../../components/format";
import { isReminder, type Graph } from "../../core/graph";

export function ReminderNote({ workflow, draft }: { workflow: Schema<"WorkflowView">; draft: Graph }) {
  const published = useVersion(workflow.id, workflow.published_version);
  const job = useReminderJob(workflow.id, isReminder(draft) || isReminder(published.data?.graph));
  // What was planned before this page was opened is no news.
  const [known, setKnown] = useState<string | null>(null);
  const [isRead, setRead] = useState(false);
  if (!isRead && job.data !== undefined) {
    setRead(true);
    if (job.data?.state === "completed") setKnown(job.data.id);
  }
  const news = isRead && job.data && job.data.id !== known ? job.data : null;
  return (
    <div role="status">
      {news && (
        <div className="reminder-note">
          <BellRing size={16} aria-hidden />
          <span>{inWords(news)}</span>
          {news.state !== "running" && (
            <IconButton label="Dismiss" size="small" icon={<X size={14} />} onPress={() => setKnown(news.id)} />
          )}
        </div>
      )}
    </div>
  );
}

function inWords({ state, counts, reason, remedy }: Schema<"JobView">): string {
  const many = (name: string) => counts[name] ?? 0;
  const seen = count(many("seen"), "booking");
  if (state === "running") return `Planning reminders: ${seen} checked so far …`;
  if (state === "failed") {
    return ["Planning reminders stopped after", `${seen}:`, reason, remedy].filter(Boolean).join(" ");
  }
  const parts = [
    `${many("gained")} planned`,
    `${many("moved")} moved`,
    `${many("lost")} cancelled`,
    ...(many("skipped") ? [`${many("skipped")} skipped`] : []),
    ...(many("failed") ? [`${many("failed")} failed; the daily repair retries them`] : []),
  ];
  return `Reminders for ${seen}: ${parts.join(", ")}.`;
}
