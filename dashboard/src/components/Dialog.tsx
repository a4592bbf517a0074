// A dialog over the page: title, content, and its actions at the foot.
import { X } from "lucide-react";
import { useId, type ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { messageOf } from "../api/problem";
import { Button, IconButton } from "./Button";
import { Notice } from "./Notice";

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  isWide?: boolean;
  /** Whether the operator has to choose one of the actions. */
  isStrict?: boolean;
  actions?: ReactNode;
  children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, isWide, isStrict, actions, children }: DialogProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      isDismissable={!isStrict}
      isKeyboardDismissDisabled={isStrict ?? false}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal>
        <AriaDialog className={isWide ? "dialog dialog--wide" : "dialog"}>
          <div className="dialog__head">
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {!isStrict && <IconButton label="Close" size="small" icon={<X size={16} />} onPress={onClose} />}
          </div>
          <div className="dialog__body">{children}</div>
          {actions && <div className="dialog__foot">{actions}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface ConfirmProps {
  title: string;
  /** What the confirming button says. */
  action: string;
  /** What the other button says. */
  dismissal?: string;
  isDangerous?: boolean;
  isBusy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function Confirm({ title, action, dismissal = "Cancel", isDangerous, isBusy, onConfirm, onClose, children }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{dismissal}</Button>
          <Button look={isDangerous ? "danger" : "primary"} isPending={isBusy ?? false} onPress={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}

interface FormDialogProps {
  title: string;
  /** What the confirming button says. */
  action: string;
  isBusy: boolean;
  /** Whether everything that is needed has been entered. */
  isReady?: boolean;
  /** Why it failed; nothing where a field shows it. */
  error?: unknown;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A dialog whose fields are sent by its button or by Enter. */
export function FormDialog({ title, action, isBusy, isReady = true, error, onSubmit, onClose, children }: FormDialogProps) {
  const id = useId();
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form={id} isPending={isBusy} isDisabled={!isReady}>
            {action}
          </Button>
        </>
      }
    >
      {error != null && <Notice tone="bad">{messageOf(error)}</Notice>}
      <form
        id={id}
        className="form"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !isBusy) onSubmit();
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}
