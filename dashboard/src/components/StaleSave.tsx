// Somebody else saved while this was open: whose version stays?
import { Button } from "./Button";
import { Dialog } from "./Dialog";

interface StaleSaveProps {
  /** What was saved, such as "template". */
  what: string;
  /** Names of the fields that differ; null while theirs is being read. */
  differing: readonly string[] | null;
  isBusy: boolean;
  onTakeTheirs: () => void;
  onKeepMine: () => void;
}

export function StaleSave({ what, differing, isBusy, onTakeTheirs, onKeepMine }: StaleSaveProps) {
  const isRead = differing !== null;
  return (
    <Dialog
      title={`Somebody else saved this ${what}`}
      isOpen
      isStrict
      onClose={() => undefined}
      actions={
        <>
          <Button isDisabled={!isRead || isBusy} onPress={onTakeTheirs}>
            Take theirs
          </Button>
          <Button look="primary" isDisabled={!isRead} isPending={isBusy} onPress={onKeepMine}>
            Keep mine
          </Button>
        </>
      }
    >
      <p>
        While you were writing, another save came first. If you keep yours, theirs is overwritten; if you take
        theirs, your changes since then are lost.
      </p>
      <p className="small">
        {!isRead
          ? "Reading what they saved …"
          : differing.length === 0
            ? "Both say the same."
            : `Yours differs in: ${differing.join(", ")}.`}
      </p>
    </Dialog>
  );
}
