// Dashboard > Marketing > Workflows: what is automated here, and how it went lately.
import { useMutation } from "@tanstack/react-query";
import { Plus, SearchX, Workflow as WorkflowIcon } from "lucide-react";
import { lazy, Suspense, useDeferredValue, useState } from "react";
import { useLocation } from "wouter";
import { body } from "../../api/client";
import { useCatalogue, useTags, useWorkflows, type WorkflowFilter } from "../../api/reads";
import { Button } from "../../components/Button";
import { FileDrop, ImportButton } from "../../components/FileDrop";
import { count } from "../../components/format";
import { List } from "../../components/List";
import { Missing } from "../../components/Missing";
import { Page } from "../../components/Page";
import { SearchInput } from "../../components/SearchInput";
import { Select } from "../../components/Select";
import { Empty } from "../../components/States";
import { ACTIONS } from "../../components/Table";
import { useToasts } from "../../components/toasts";
import { useCurrentLocation } from "../../currentLocation";
import { WaitingSecrets } from "./WaitingSecrets";
import { WorkflowRow } from "./WorkflowRow";
import "./workflows.css";

const AddWorkflow = lazy(() => import("./AddWorkflow"));
const BulkSwitch = lazy(() => import("./BulkSwitch"));

const NO_FILTER: WorkflowFilter = { text: "", trigger: "", enabled: "", tag: "" };

export function WorkflowsPage() {
  const { api, may, path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState(NO_FILTER);
  const [isAdding, setAdding] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [turning, setTurning] = useState<boolean | null>(null);
  const list = useWorkflows(useDeferredValue(filter));
  const catalogue = useCatalogue();
  const tags = useTags();
  const isFiltered = filter.text !== "" || filter.trigger !== "" || filter.enabled !== "" || filter.tag !== "";
  const shown = list.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = shown.filter(({ id }) => selected.has(id));
  const onSelect = (id: string, isSelected: boolean) =>
    setSelected((was) => new Set(isSelected ? [...was, id] : [...was].filter((each) => each !== id)));

  const { mutate: take } = useMutation({
    scope: { id: "import" },
    mutationFn: async (file: File) => {
      const { readWorkflowFile } = await import("../../components/files");
      const workflow = await readWorkflowFile(file);
      return body(api.POST("/workflows/import", { body: { workflow, templates: {}, surveys: {} } }));
    },
    meta: { changes: ["/workflows"] },
    onSuccess: ({ workflow, to_map: { length: open } }) => {
      report(
        `Imported “${workflow.name}”.` +
          (open ? ` Choose again: ${count(open, "template or survey", "templates or surveys")} that this location does not have.` : ""),
      );
      navigate(path(`/workflows/${workflow.id}/editor`));
    },
    onError: reportFailure,
  });

  const add = (
    <Button look="primary" icon={<Plus size={17} />} onPress={() => setAdding(true)}>
      Add Workflow
    </Button>
  );
  return (
    <FileDrop what="workflow" isOffered={may("editor")} onDrop={(files) => files.forEach((file) => take(file))}>
      <Page
        trail={["Dashboard", "Marketing"]}
        title="Workflows"
        about="What happens automatically when something happens to a booking."
        actions={
          may("editor") && (
            <>
              <ImportButton onFiles={(files) => files.forEach((file) => take(file))} />
              {add}
            </>
          )
        }
      >
        <WaitingSecrets />
        <div className="toolbar" role="search">
          <SearchInput
            label="Search workflows"
            placeholder="Search by name or description"
            value={filter.text}
            onChange={(text) => setFilter({ ...filter, text })}
          />
          <Select
            aria-label="Trigger"
            options={[["", "Every trigger"], ...(catalogue.data?.triggers ?? []).map(({ event }) => [event, event] as const)]}
            value={filter.trigger}
            onChange={(trigger) => setFilter({ ...filter, trigger })}
          />
          <Select
            aria-label="State"
            options={{ "": "On and off", true: "Only on", false: "Only off" }}
            value={filter.enabled}
            onChange={(enabled) => setFilter({ ...filter, enabled })}
          />
        </div>

        {tags.length > 0 && (
          <div className="tags tags--filter" role="group" aria-label="Only with the tag">
            {tags.map((tag) => (
              <button
                key={tag}
                type="button"
                className="tag-filter"
                aria-pressed={filter.tag === tag}
                onClick={() => setFilter({ ...filter, tag: filter.tag === tag ? "" : tag })}
              >
                {tag}
              </button>
            ))}
          </div>
        )}
        {chosen.length > 0 && (
          <div className="toolbar selection" role="group" aria-label="Selected workflows">
            <span role="status">{chosen.length} selected</span>
            <Button size="small" onPress={() => setTurning(true)}>
              Turn on
            </Button>
            <Button size="small" onPress={() => setTurning(false)}>
              Turn off
            </Button>
            {chosen.length < shown.length && (
              <Button size="small" onPress={() => setSelected(new Set(shown.map(({ id }) => id)))}>
                Select all {shown.length}
              </Button>
            )}
            <Button size="small" onPress={() => setSelected(new Set())}>
              Select none
            </Button>
          </div>
        )}
        <Missing of={catalogue} what="The triggers to filter by" />
        <List
          what="workflows"
          query={list}
          columns={["Name", "Trigger", "Last execution", "Last 7 days", "On", ACTIONS]}
          row={(workflow) => (
            <WorkflowRow
              key={workflow.id}
              workflow={workflow}
              isSelected={selected.has(workflow.id)}
              onSelect={onSelect}
            />
          )}
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
      {turning !== null && (
        <Suspense>
          <BulkSwitch
            chosen={chosen}
            enabled={turning}
            onClose={() => {
              setTurning(null);
              setSelected(new Set());
            }}
          />
        </Suspense>
      )}
      {isAdding && (
        <Suspense>
          <AddWorkflow onClose={() => setAdding(false)} />
        </Suspense>
      )}
    </FileDrop>
  );
}
