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
        Somebody else saved while you were editing. Keep yours to overwrite theirs, or take theirs and lose your
        changes.
      </p>
      <p className="small">
        {!isRead
          ? "Loading their version …"
          : differing.length === 0
            ? "Both versions are the same."
            : `Yours differs in: ${differing.join(", ")}.`}
      </p>
    </Dialog>
  );
}
