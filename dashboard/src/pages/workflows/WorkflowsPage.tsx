// Dashboard > Marketing > Workflows: what is automated here, and how it went lately.
import { FileUp, Plus, Search, SearchX, Workflow as WorkflowIcon } from "lucide-react";
import { lazy, Suspense, useDeferredValue, useState, type DragEvent } from "react";
import { useLocation } from "wouter";
import { useCatalogue, useWorkflowCalls, useWorkflows, type WorkflowFilter } from "../../api/workflows";
import { Button } from "../../components/Button";
import { readWorkflowFile } from "../../components/files";
import { Empty, Failed, LoadingRows } from "../../components/States";
import { useToasts } from "../../components/toasts";
import { usePlace } from "../../place";
import { WorkflowRow } from "./WorkflowRow";
import "./workflows.css";

const AddWorkflow = lazy(() => import("./AddWorkflow"));

const COLUMNS = 6;

export function WorkflowsPage() {
  const { may, path } = usePlace();
  const { tell, tellError } = useToasts();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState<WorkflowFilter>({ text: "", trigger: "", enabled: "" });
  const [isAdding, setAdding] = useState(false);
  const calls = useWorkflowCalls();
  const list = useWorkflows(useDeferredValue(filter));
  const catalogue = useCatalogue();
  const workflows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const isFiltered = filter.text !== "" || filter.trigger !== "" || filter.enabled !== "";

  const take = async (files: Iterable<File>) => {
    for (const file of files) {
      try {
        const copied = await calls.import(await readWorkflowFile(file));
        const open = copied.to_map.length;
        tell(
          `Imported “${copied.workflow.name}”.` +
            (open ? ` Choose anew: ${open} template or survey that this location does not have.` : ""),
        );
        navigate(path(`/workflows/${copied.workflow.id}/editor`));
      } catch (error) {
        tellError(error);
      }
    }
  };

  return (
    <FileDrop isOffered={may("editor")} onDrop={(files) => void take(files)}>
      <div className="page workflows">
        <div className="page__head">
          <div className="page__head-text">
            <nav aria-label="Breadcrumb">
              <ol className="crumbs">
                <li>Dashboard</li>
                <li>Marketing</li>
                <li aria-current="page">Workflows</li>
              </ol>
            </nav>
            <h1>Workflows</h1>
            <p className="muted">What happens by itself when something happens to a booking.</p>
          </div>
          {may("editor") && (
            <div className="page__actions">
              <ImportButton onFiles={(files) => void take(files)} />
              <Button look="primary" icon={<Plus size={17} />} onPress={() => setAdding(true)}>
                Add Workflow
              </Button>
            </div>
          )}
        </div>

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

        <div className="card">
          {list.isError && !list.data ? (
            <Failed error={list.error} onRetry={() => void list.refetch()} />
          ) : list.data && workflows.length === 0 ? (
            isFiltered ? (
              <Empty
                icon={<SearchX size={24} />}
                title="Nothing fits"
                actions={
                  <Button onPress={() => setFilter({ text: "", trigger: "", enabled: "" })}>
                    Show all workflows
                  </Button>
                }
              >
                No workflow fits what you search for.
              </Empty>
            ) : (
              <Empty
                icon={<WorkflowIcon size={24} />}
                title="No workflows yet"
                actions={
                  may("editor") && (
                    <Button look="primary" icon={<Plus size={17} />} onPress={() => setAdding(true)}>
                      Add Workflow
                    </Button>
                  )
                }
              >
                A workflow sends the confirmation, the reminder and the thank-you, so that you do
                not have to. Start from a ready-made one or from a blank page.
              </Empty>
            )
          ) : (
            <div className="table-frame">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Trigger</th>
                    <th scope="col">Last run</th>
                    <th scope="col">Last 7 days</th>
                    <th scope="col">On</th>
                    <th scope="col">
                      <span className="visually-hidden">More</span>
                    </th>
                  </tr>
                </thead>
                {list.data ? (
                  <tbody>
                    {workflows.map((workflow) => (
                      <WorkflowRow key={workflow.id} workflow={workflow} />
                    ))}
                  </tbody>
                ) : (
                  <LoadingRows columns={COLUMNS} what="workflows" />
                )}
              </table>
            </div>
          )}
          {list.hasNextPage && (
            <div className="more">
              <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
                Show more
              </Button>
            </div>
          )}
        </div>
      </div>
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
