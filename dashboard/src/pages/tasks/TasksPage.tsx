// What is left for people to do: tasks that workflows made.
import { keepPreviousData } from "@tanstack/react-query";
import { ListChecks, Plus, UserRoundPlus, UserRoundX } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { basedOn, type Schema } from "../../api/client";
import { PAGED } from "../../api/queries";
import { BookingFilter, NO_BOOKING } from "../../components/BookingFilter";
import { BookingLink } from "../../components/BookingLink";
import { Button } from "../../components/Button";
import { FormDialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { List } from "../../components/List";
import { Menu } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Select } from "../../components/Select";
import { Empty } from "../../components/States";
import { ACTIONS, Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { words } from "../../core/words";
import { isPast } from "../../core/times";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { AddTask } from "./AddTask";
import "./tasks.css";

const TONES = { low: "plain", normal: "info", high: "bad" } as const;

type Task = Schema<"TaskView">;
const WHOSE = { "": "Everybody’s", mine: "Mine", nobody: "Unassigned" } as const;

export default function TasksPage() {
  const { may, identity } = useCurrentLocation();
  const [status, setStatus] = useState<Task["status"]>("open");
  const [isAdding, setAdding] = useState(false);
  const [bookingId, setBookingId] = useState<string | null>("");
  const [whose, setWhose] = useState<keyof typeof WHOSE>("");
  const tasks = useApi().useInfiniteQuery(
    "get",
    "/tasks",
    { params: { query: { status, booking_id: bookingId || undefined } } },
    { ...PAGED, enabled: bookingId !== null, placeholderData: keepPreviousData, staleTime: 0, refetchInterval: 15_000 },
  );
  const fits = (task: Task) =>
    whose === "" || (whose === "nobody" ? task.assignee === null : task.assignee === identity.name);
  const pages = tasks.data?.pages.map((page) => ({ ...page, items: page.items.filter(fits) }));
  const columns = ["Task", "Priority", "Due", "Assignee", "Booking", ...(may("editor") ? [ACTIONS] : [])];
  return (
    <Page
      trail={["Dashboard"]}
      title="Tasks"
      about="What workflows and colleagues left for people to do."
      actions={
        may("editor") && (
          <Button look="primary" icon={<Plus size={17} />} onPress={() => setAdding(true)}>
            Add task
          </Button>
        )
      }
    >
      <div className="toolbar">
        <Select aria-label="State" options={{ open: "Open", completed: "Done" }} value={status} onChange={setStatus} />
        <Select aria-label="Assignee" options={WHOSE} value={whose} onChange={setWhose} />
        <BookingFilter onChange={setBookingId} />
      </div>
      {bookingId === null ? (
        <Empty icon={<ListChecks size={24} />} title="Nothing found">
          {NO_BOOKING}
        </Empty>
      ) : (
        <List
          what="tasks"
          query={{ ...tasks, data: pages && { pages } }}
          columns={columns}
          row={(task) => <TaskRow key={task.id} task={task} />}
          empty={
            whose || bookingId ? (
              <Empty icon={<ListChecks size={24} />} title="Nothing found">
                {whose ? "No task matches. Choose “Everybody’s” to see the others." : "There is no such task for this booking."}
              </Empty>
            ) : (
              <Empty icon={<ListChecks size={24} />} title={status === "open" ? "Nothing to do" : "Nothing done yet"}>
                Tasks that workflows create appear here, the most urgent first.
              </Empty>
            )
          }
        />
      )}
      {isAdding && <AddTask onClose={() => setAdding(false)} />}
    </Page>
  );
}

function TaskRow({ task }: { task: Task }) {
  const { may } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const isOpen = task.status === "open";
  const change = useApi().useMutation("post", isOpen ? "/tasks/{task_id}/complete" : "/tasks/{task_id}/reopen", {
    onSuccess: () => report(isOpen ? `Done: ${task.title}` : `Open again: ${task.title}`),
    onError: reportFailure,
  });
  return (
    <Row>
      <Cell>
        <div className="table__main">
          <strong>{task.title}</strong>
          <span className="muted small">{task.description}</span>
        </div>
      </Cell>
      <Cell of="Priority">
        <span className={`badge badge--${TONES[task.priority]}`}>{words(task.priority)}</span>
      </Cell>
      <Cell of="Due">
        <Due task={task} />
      </Cell>
      <Cell of="Assignee">
        <Assignee task={task} />
      </Cell>
      <Cell of="Booking" className="table__short">
        {task.booking_id ? (
          <BookingLink id={task.booking_id} />
        ) : (
          <span className="muted">none</span>
        )}
      </Cell>
      {may("editor") && (
        <Cell>
          <Button size="small" isPending={change.isPending} onPress={() => change.mutate(basedOn({ task_id: task.id }, task.revision))}>
            {isOpen ? "Mark as done" : "Open again"}
          </Button>
        </Cell>
      )}
    </Row>
  );
}

function Due({ task }: { task: Task }) {
  const isLate = task.status === "open" && isPast(task.due_at);
  return (
    <div className="table__main">
      <Ago at={task.completed_at ?? task.due_at} {...(task.completed_at ? { what: "done" } : {})} />
      {isLate && <span className="tasks__late small">overdue</span>}
    </div>
  );
}

function Assignee({ task }: { task: Task }) {
  const { may, identity } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const change = useApi().useMutation("put", "/tasks/{task_id}/assignee", {
    onSuccess: (_, { body: { assignee } }) =>
      report(assignee ? `Assigned to ${assignee}: ${task.title}` : `Unassigned: ${task.title}`),
    onError: reportFailure,
  });
  const [isAsking, setAsking] = useState(false);
  const shown = task.assignee ?? <span className="muted">unassigned</span>;
  if (!may("editor") || task.status !== "open") return <>{shown}</>;
  const assign = (assignee: string | null) =>
    change.mutate({ ...basedOn({ task_id: task.id }, task.revision), body: { assignee } });
  return (
    <>
      <Menu
        label={`Assignee of “${task.title}”`}
        placement="bottom start"
        entries={[
          {
            id: "me",
            label: "Assign to me",
            icon: <UserRoundPlus size={16} />,
            onAction: () => assign(identity.name),
          },
          { id: "other", label: "Somebody else …", icon: <UserRoundPlus size={16} />, onAction: () => setAsking(true) },
          ...(task.assignee
            ? [
                {
                  id: "nobody",
                  label: "Unassign",
                  icon: <UserRoundX size={16} />,
                  onAction: () => assign(null),
                },
              ]
            : []),
        ]}
      >
        <AriaButton className="link tasks__who" aria-label={`${task.assignee ?? "Unassigned"}: choose the assignee`}>
          {shown}
        </AriaButton>
      </Menu>
      {isAsking && (
        <AssignDialog
          task={task}
          onClose={() => setAsking(false)}
          onAssign={(name) => {
            setAsking(false);
            assign(name);
          }}
        />
      )}
    </>
  );
}

interface AssignDialogProps {
  task: Task;
  onClose: () => void;
  onAssign: (name: string) => void;
}

function AssignDialog({ task, onClose, onAssign }: AssignDialogProps) {
  const [name, setName] = useState(task.assignee ?? "");
  return (
    <FormDialog
      title="Assign the task"
      action="Assign"
      isBusy={false}
      isReady={name.trim() !== ""}
      onSubmit={() => onAssign(name.trim())}
      onClose={onClose}
    >
      <Field label="Name" help={task.title}>
        {(input) => (
          <input
            {...input}
            className="input"
            maxLength={200}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
