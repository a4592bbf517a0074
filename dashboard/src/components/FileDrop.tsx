// Takes exported files: by a button, or dropped anywhere on a page.
import { FileUp } from "lucide-react";
import { useState, type DragEvent, type ReactNode } from "react";
import { Button } from "./Button";
import "./fileDrop.css";

export function ImportButton({ onFiles }: { onFiles: (files: File[]) => void }) {
  const choose = () => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = "application/json,.json";
    input.multiple = true;
    input.onchange = () => onFiles([...(input.files ?? [])]);
    input.click();
  };
  return (
    <Button icon={<FileUp size={16} />} onPress={choose}>
      Import
    </Button>
  );
}

interface FileDropProps {
  /** What the files are, such as "workflow". */
  what: string;
  isOffered: boolean;
  onDrop: (files: File[]) => void;
  children: ReactNode;
}

export function FileDrop({ what, isOffered, onDrop, children }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const carriesFiles = (event: DragEvent) => isOffered && event.dataTransfer.types.includes("Files");
  return (
    <div
      className="drop"
      onDragOver={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onDrop([...event.dataTransfer.files]);
      }}
    >
      {children}
      {isOver && <div className="drop__veil">Drop an exported {what} to import it</div>}
    </div>
  );
}
