// Begins a workflow: from a blank page, or from a ready-made one.
import { useMutation } from "@tanstack/react-query";
import { FilePlus2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useLocation } from "wouter";
import { body, type Schema } from "../../api/client";
import { FIXED } from "../../api/reads";
import { Dialog } from "../../components/Dialog";
import type { WorkflowFile } from "../../components/files";
import { SearchInput } from "../../components/SearchInput";
import { Select } from "../../components/Select";
import { TriggerIcon } from "./TriggerIcon";
import { Failed, Loading } from "../../components/States";
import { useToasts } from "../../components/toasts";
import { EMPTY_GRAPH } from "../../core/graph";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { GraphSketch } from "./GraphSketch";
import { NeedsNote } from "./NeedsNote";

export default function AddWorkflow({ onClose }: { onClose: () => void }) {
  const { api, path } = useCurrentLocation();
  const [, navigate] = useLocation();
  const { reportFailure } = useToasts();
  const [text, setText] = useState("");
  const [trigger, setTrigger] = useState("");
  const gallery = api.useQuery("get", "/gallery", {}, FIXED);
  const open = useMutation({
    mutationFn: async (file: WorkflowFile | null) => {
      if (!file) return body(api.POST("/workflows", { body: { name: "New workflow", description: "", tags: [], draft: EMPTY_GRAPH } }));
      return (await body(api.POST("/workflows/import", { body: { workflow: file, templates: {}, surveys: {} } }))).workflow;
    },
    meta: { changes: ["/workflows"] },
    onSuccess: ({ id }) => navigate(path(`/workflows/${id}/editor`)),
    onError: reportFailure,
  });

  return (
    <Dialog title="Add Workflow" isOpen isWide onClose={onClose}>
      <p className="muted">
        Start from a ready-made workflow and change what you like, or build your own. Nothing runs until you
        publish it and turn it on.
      </p>
      {gallery.isError && <Failed error={gallery.error} onRetry={() => void gallery.refetch()} />}
      {gallery.isPending && <Loading what="the gallery" />}
      {gallery.data && (
        <div className="toolbar">
          <SearchInput label="Search the gallery" placeholder="Search by name or purpose" value={text} onChange={setText} />
          <Select
            aria-label="Trigger"
            options={[["", "Every trigger"], ...triggersOf(gallery.data.items).map((each) => [each, each] as const)]}
            value={trigger}
            onChange={setTrigger}
          />
        </div>
      )}
      {gallery.data && (
        <div className="gallery">
          <AriaButton className="tile gallery__card" isDisabled={open.isPending} onPress={() => open.mutate(null)}>
            <span className="chip chip--accent" aria-hidden>
              <FilePlus2 size={16} />
            </span>
            <span className="gallery__title">Blank workflow</span>
            <span className="muted small">Choose a trigger and add steps.</span>
          </AriaButton>
          {gallery.data.items.filter((entry) => isFound(entry, text, trigger)).map((entry) => (
            <Card key={entry.key} entry={entry} isDisabled={open.isPending} onChoose={open.mutate} />
          ))}
        </div>
      )}
    </Dialog>
  );
}

function triggersOf(entries: readonly Schema<"GalleryEntry">[]): string[] {
  return [...new Set(entries.flatMap(({ trigger }) => trigger ?? []))].sort();
}

/** Whether an entry has every word that is searched for, and the trigger. */
function isFound(entry: Schema<"GalleryEntry">, text: string, trigger: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const content = `${entry.name} ${entry.description} ${entry.trigger}`.toLowerCase();
  return (!trigger || entry.trigger === trigger) && words.every((word) => content.includes(word));
}

interface CardProps {
  entry: Schema<"GalleryEntry">;
  isDisabled: boolean;
  onChoose: (file: WorkflowFile) => void;
}

function Card({ entry, isDisabled, onChoose }: CardProps) {
  const card = useRef<HTMLButtonElement>(null);
  const of = { params: { path: { key: entry.key } } };
  const file = useApi().useQuery("get", "/gallery/{key}", of, { ...FIXED, enabled: useSeen(card) });
  return (
    <AriaButton
      ref={card}
      className="tile gallery__card"
      isDisabled={isDisabled || !file.data}
      onPress={() => file.data && onChoose(file.data)}
    >
      <span className="gallery__trigger">
        <TriggerIcon event={entry.trigger ?? ""} size={14} />
        {entry.trigger}
      </span>
      <span className="gallery__title">{entry.name}</span>
      <span className="muted small">{entry.description}</span>
      <span className="gallery__sketch">
        {file.data ? <GraphSketch graph={file.data.graph} /> : <span className="skeleton" />}
      </span>
      {file.data && <NeedsNote graph={file.data.graph} />}
    </AriaButton>
  );
}

/** Whether the element has been in sight: what nobody scrolls to need not be read. */
function useSeen(element: React.RefObject<Element | null>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    if (element.current) watcher.observe(element.current);
    return () => watcher.disconnect();
  }, [element]);
  return isSeen;
}
