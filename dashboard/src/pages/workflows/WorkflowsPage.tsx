// Dashboard > Marketing > Workflows: what is automated here, and how it went lately.
import { FileUp, Plus, Search, SearchX, Workflow as WorkflowIcon } from "lucide-react";
import { lazy, Suspense, useDeferredValue, useState, type DragEvent } from "react";
import { useLocation } from "wouter";
import { useCatalogue, useWorkflowCalls, useWorkflows, type WorkflowFilter } from "../../api/workflows";
import { Button } from "../../components/Button";
import { readWorkflowFile } from "../../components/files";
import { count } from "../../components/format";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { ACTIONS } from "../../components/Table";
import { useToasts } from "../../components/toasts";
import { useCurrentLocation } from "../../currentLocation";
import { WaitingSecrets } from "./WaitingSecrets";
import { WorkflowRow } from "./WorkflowRow";
import "./workflows.css";

const AddWorkflow = lazy(() => import("./AddWorkflow"));

const NO_FILTER: WorkflowFilter = { text: "", trigger: "", enabled: "" };

export function WorkflowsPage() {
  const { may, path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState(NO_FILTER);
  const [isAdding, setAdding] = useState(false);
  const calls = useWorkflowCalls();
  const list = useWorkflows(useDeferredValue(filter));
  const catalogue = useCatalogue();
  const isFiltered = filter.text !== "" || filter.trigger !== "" || filter.enabled !== "";

  const take = async (files: Iterable<File>) => {
    for (const file of files) {
      try {
        const copied = await calls.import(await readWorkflowFile(file));
        const open = copied.to_map.length;
        report(
          `Imported “${copied.workflow.name}”.` +
            (open ? ` Choose again: ${count(open, "template or survey", "templates or surveys")} that this location does not have.` : ""),
        );
        navigate(path(`/workflows/${copied.workflow.id}/editor`));
      } catch (error) {
        reportFailure(error);
      }
    }
  };

  const add = (
    <Button look="primary" icon={<Plus size={17} />} onPress={() => setAdding(true)}>
      Add Workflow
    </Button>
  );
  return (
    <FileDrop isOffered={may("editor")} onDrop={(files) => void take(files)}>
      <Page
        trail={["Dashboard", "Marketing"]}
        title="Workflows"
        about="What happens automatically when something happens to a booking."
        actions={
          may("editor") && (
            <>
              <ImportButton onFiles={(files) => void take(files)} />
              {add}
            </>
          )
        }
      >
        <WaitingSecrets />
        <div className="toolbar" role="search">
          <div className="search">
            <Search size={16} aria-hidden />
            <input
              className="input"
              type="search"
              aria-label="Search workflows"
              placeholder="Search by name or description"
              value={filter.text}
              onChange={(event) => setFilter({ ...filter, text: event.target.value })}
            />
          </div>
          <select
            className="input"
            aria-label="Trigger"
            value={filter.trigger}
            onChange={(event) => setFilter({ ...filter, trigger: event.target.value })}
          >
            <option value="">Every trigger</option>
            {catalogue.data?.triggers.map(({ event }) => (
              <option key={event}>{event}</option>
            ))}
          </select>
          <select
            className="input"
            aria-label="State"
            value={filter.enabled}
            onChange={(event) =>
              setFilter({ ...filter, enabled: event.target.value as WorkflowFilter["enabled"] })
            }
          >
            <option value="">On and off</option>
            <option value="true">Only on</option>
            <option value="false">Only off</option>
          </select>
        </div>

        <List
          what="workflows"
          query={list}
          columns={["Name", "Trigger", "Last execution", "Last 7 days", "On", ACTIONS]}
          row={(workflow) => <WorkflowRow key={workflow.id} workflow={workflow} />}
          empty={
            isFiltered ? (
              <Empty
                icon={<SearchX size={24} />}
                title="Nothing found"
                actions={<Button onPress={() => setFilter(NO_FILTER)}>Show all workflows</Button>}
              >
                No workflow matches your search.
              </Empty>
            ) : (
              <Empty icon={<WorkflowIcon size={24} />} title="No workflows yet" actions={may("editor") && add}>
                A workflow sends the confirmation, the reminder and the thank-you, so that you do not have to. Start
                from a ready-made one or from a blank page.
              </Empty>
            )
          }
        />
      </Page>
      {isAdding && (
        <Suspense>
          <AddWorkflow onClose={() => setAdding(false)} />
        </Suspense>
      )}
    </FileDrop>
  );
}

function ImportButton({ onFiles }: { onFiles: (files: File[]) => void }) {
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
  isOffered: boolean;
  onDrop: (files: File[]) => void;
  children: React.ReactNode;
}

function FileDrop({ isOffered, onDrop, children }: FileDropProps) {
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
      {isOver && <div className="drop__veil">Drop an exported workflow to import it</div>}
    </div>
  );
}
