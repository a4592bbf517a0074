// Where the selected text leads.
import { getMarkRange, type Editor } from "@tiptap/core";
import { useState } from "react";
import { Button } from "../../../components/Button";
import { Dialog } from "../../../components/Dialog";
import { addressOf, isAddress } from "../../../core/blocks";
import type { VariableGroup } from "../../../core/variables";
import { AddressField } from "./AddressField";

interface LinkDialogProps {
  editor: Editor;
  variables: readonly VariableGroup[];
  onClose: () => void;
}

export function LinkDialog({ editor, variables, onClose }: LinkDialogProps) {
  const stored = (editor.getAttributes("link")["href"] ?? "") as string;
  const [href, setHref] = useState(stored);
  const [wasTried, setTried] = useState(false);
  const address = addressOf(href);
  const apply = () => {
    setTried(true);
    if (!isAddress(address)) return;
    setLink(editor, address);
    onClose();
  };
  return (
    <Dialog
      title="Link"
      isOpen
      onClose={onClose}
      actions={
        <>
          {stored && (
            <Button
              onPress={() => {
                editor.chain().extendMarkRange("link").unsetMark("link").run();
                onClose();
              }}
            >
              Remove link
            </Button>
          )}
          <Button look="primary" onPress={apply}>
            Apply
          </Button>
        </>
      }
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <AddressField
          label="Address"
          help="A page, an e-mail address, or tel: with a phone number."
          isFirst
          value={href}
          variables={variables}
          problem={wasTried && !isAddress(address) ? "Enter an address, such as https://example.com." : undefined}
          onChange={setHref}
        />
      </form>
    </Dialog>
  );
}

/** Makes the selection a link; without one the link around the cursor, or the address itself as a new text. */
function setLink(editor: Editor, href: string): void {
  const { state } = editor;
  const type = state.schema.marks["link"];
  const isNew = state.selection.empty && !(type && getMarkRange(state.selection.$from, type));
  if (isNew) {
    const text = href.replace(/^(https?:\/\/|mailto:|tel:)/, "");
    editor.commands.insertContent({ type: "text", text, marks: [{ type: "link", attrs: { href } }] });
  } else {
    editor.chain().extendMarkRange("link").setMark("link", { href }).run();
  }
}
