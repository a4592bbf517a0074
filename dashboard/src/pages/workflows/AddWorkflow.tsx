// Begins a workflow: from a blank page, or from a ready-made one.
import { FilePlus2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useLocation } from "wouter";
import { useGallery, useGalleryEntry, useWorkflowCalls, type WorkflowFile } from "../../api/workflows";
import type { components } from "../../api/schema";
import { Dialog } from "../../components/Dialog";
import { TriggerIcon } from "./TriggerIcon";
import { Failed, Loading } from "../../components/States";
import { useToasts } from "../../components/toasts";
import { EMPTY_GRAPH } from "../../core/graph";
import { useCurrentLocation } from "../../currentLocation";
import { GraphSketch } from "./GraphSketch";
import { NeedsNote } from "./NeedsNote";

type GalleryEntry = components["schemas"]["GalleryEntry"];

export default function AddWorkflow({ onClose }: { onClose: () => void }) {
  const { path } = useCurrentLocation();
  const [, navigate] = useLocation();
  const { reportFailure } = useToasts();
  const gallery = useGallery();
  const calls = useWorkflowCalls();
  const [isBusy, setBusy] = useState(false);

  const open = async (make: () => Promise<string>) => {
    setBusy(true);
    try {
      navigate(path(`/workflows/${await make()}/editor`));
    } catch (error) {
      reportFailure(error);
      setBusy(false);
    }
  };
  const blank = async () => (await calls.create("New workflow", EMPTY_GRAPH)).id;
  const readyMade = async (file: WorkflowFile) => (await calls.import(file)).workflow.id;

  return (
    <Dialog title="Add Workflow" isOpen isWide onClose={onClose}>
      <p className="muted">
        Start from a ready-made workflow and change what you like, or build your own. Nothing runs until you
        publish it and turn it on.
      </p>
      {gallery.isError && <Failed error={gallery.error} onRetry={() => void gallery.refetch()} />}
      {gallery.isPending && <Loading what="the gallery" />}
      {gallery.data && (
        <div className="gallery">
          <AriaButton
            className="gallery__card"
            isDisabled={isBusy}
            onPress={() => void open(blank)}
          >
            <span className="chip chip--accent" aria-hidden>
              <FilePlus2 size={16} />
            </span>
            <span className="gallery__title">Blank workflow</span>
            <span className="muted small">Choose a trigger and add steps.</span>
          </AriaButton>
          {gallery.data.items.map((entry) => (
            <Card
              key={entry.key}
              entry={entry}
              isDisabled={isBusy}
              onChoose={(file) => void open(() => readyMade(file))}
            />
          ))}
        </div>
      )}
    </Dialog>
  );
}

interface CardProps {
  entry: GalleryEntry;
  isDisabled: boolean;
  onChoose: (file: WorkflowFile) => void;
}

function Card({ entry, isDisabled, onChoose }: CardProps) {
  const card = useRef<HTMLButtonElement>(null);
  const file = useGalleryEntry(entry.key, useSeen(card));
  return (
    <AriaButton
      ref={card}
      className="gallery__card"
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
