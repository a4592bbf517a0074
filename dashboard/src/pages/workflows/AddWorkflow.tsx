// Begins a workflow: from a blank page, or from a ready-made one.
import { ArrowRight, FilePlus2 } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useLocation } from "wouter";
import { useGallery, useWorkflowCalls } from "../../api/workflows";
import { Dialog } from "../../components/Dialog";
import { EventIcon, StepSign } from "../../components/StepSign";
import { Failed, Loading } from "../../components/States";
import { useToasts } from "../../components/toasts";
import { EMPTY_GRAPH } from "../../core/graph";
import { usePlace } from "../../place";

const SIGNS_SHOWN = 5;

export default function AddWorkflow({ onClose }: { onClose: () => void }) {
  const { path } = usePlace();
  const [, navigate] = useLocation();
  const { tellError } = useToasts();
  const gallery = useGallery();
  const calls = useWorkflowCalls();
  const [isBusy, setBusy] = useState(false);

  const open = async (make: () => Promise<string>) => {
    setBusy(true);
    try {
      navigate(path(`/workflows/${await make()}/editor`));
    } catch (error) {
      tellError(error);
      setBusy(false);
    }
  };
  const blank = async () => (await calls.create("New workflow", EMPTY_GRAPH)).id;
  const readyMade = async (key: string) =>
    (await calls.import(await calls.readGalleryEntry(key))).workflow.id;

  return (
    <Dialog title="Add Workflow" isOpen isWide onClose={onClose}>
      <p className="muted">
        Start from a ready-made workflow and change what you like, or draw your own. Nothing runs
        before you publish it and switch it on.
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
            <span className="muted small">Choose a trigger and draw what follows.</span>
          </AriaButton>
          {gallery.data.items.map((entry) => (
            <AriaButton
              key={entry.key}
              className="gallery__card"
              isDisabled={isBusy}
              onPress={() => void open(() => readyMade(entry.key))}
            >
              <TriggerLine event={entry.trigger} />
              <span className="gallery__title">{entry.name}</span>
              <span className="muted small">{entry.description}</span>
              <Signs types={entry.node_types.filter((type) => type !== "trigger")} />
            </AriaButton>
          ))}
        </div>
      )}
    </Dialog>
  );
}

function TriggerLine({ event }: { event: string | null }) {
  return (
    <span className="gallery__trigger">
      <EventIcon event={event} size={14} />
      {event}
    </span>
  );
}

function Signs({ types }: { types: readonly string[] }) {
  return (
    <span className="gallery__signs" aria-hidden>
      {types.slice(0, SIGNS_SHOWN).map((type, index) => (
        <StepSign key={`${type}-${index}`} type={type} size={14} />
      ))}
      {types.length > SIGNS_SHOWN && <span className="muted small">+{types.length - SIGNS_SHOWN}</span>}
      <ArrowRight size={15} className="muted" style={{ marginLeft: "auto" }} />
    </span>
  );
}
