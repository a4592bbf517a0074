// What is left for people to do: tasks that workflows made.
import { ListChecks, UserRoundPlus, UserRoundX } from "lucide-react";
import { useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { Link } from "wouter";
import { useTaskCalls, useTasks, type Task } from "../../api/records";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { Field } from "../../components/Field";
import { List } from "../../components/List";
import { Menu } from "../../components/Menu";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { ACTIONS, Cell, Row } from "../../components/Table";
import { Ago } from "../../components/Time";
import { useToasts } from "../../components/toasts";
import { words } from "../../core/forms";
import { isPast } from "../../core/times";
import { useCurrentLocation } from "../../currentLocation";
import "./tasks.css";

const TONES = { low: "plain", normal: "info", high: "bad" } as const;

type Whose = "" | "mine" | "nobody";

export default function TasksPage() {
  const { may, identity } = useCurrentLocation();
  const [status, setStatus] = useState<Task["status"]>("open");
  const [whose, setWhose] = useState<Whose>("");
  const tasks = useTasks(status);
  const fits = (task: Task) =>
    whose === "" || (whose === "nobody" ? task.assignee === null : task.assignee === identity.name);
  const pages = tasks.data?.pages.map((page) => ({ ...page, items: page.items.filter(fits) }));
  const columns = ["Task", "Priority", "Due", "Assignee", "Booking", ...(may("editor") ? [ACTIONS] : [])];
  return (
    <Page trail={["Dashboard"]} title="Tasks" about="What workflows left for people to do.">
      <div className="toolbar">
        <select
          className="input"
          aria-label="State"
          value={status}
          onChange={(event) => setStatus(event.target.value as Task["status"])}
        >
          <option value="open">Open</option>
          <option value="completed">Done</option>
        </select>
        <select
          className="input"
          aria-label="Assignee"
          value={whose}
          onChange={(event) => setWhose(event.target.value as Whose)}
        >
          <option value="">Everybody’s</option>
          <option value="mine">Mine</option>
          <option value="nobody">Unassigned</option>
        </select>
      </div>
      <List
        what="tasks"
        query={{ ...tasks, data: pages && { pages } }}
        columns={columns}
        row={(task) => <TaskRow key={task.id} task={task} />}
        empty={
          whose ? (
            <Empty icon={<ListChecks size={24} />} title="Nothing found">
              No task matches. Choose “Everybody’s” to see the others.
            </Empty>
          ) : (
            <Empty icon={<ListChecks size={24} />} title={status === "open" ? "Nothing to do" : "Nothing done yet"}>
              Tasks that workflows create appear here, the most urgent first.
            </Empty>
          )
        }
      />
    </Page>
  );
}

function TaskRow({ task }: { task: Task }) {
  const { may, path } = useCurrentLocation();
  const { report, reportFailure } = useToasts();
  const calls = useTaskCalls();
  const [isBusy, setBusy] = useState(false);
  const isOpen = task.status === "open";
  const change = async () => {
    setBusy(true);
    try {
      await (isOpen ? calls.complete(task) : calls.reopen(task));
      report(isOpen ? `Done: ${task.title}` : `Open again: ${task.title}`);
    } catch (error) {
      reportFailure(error);
    } finally {
      setBusy(false);
    }
  };
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
          <Link href={path(`/bookings/${encodeURIComponent(task.booking_id)}`)}>{task.booking_id}</Link>
        ) : (
          <span className="muted">none</span>
        )}
      </Cell>
      {may("editor") && (
        <Cell>
          <Button size="small" isPending={isBusy} onPress={() => void change()}>
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
  const calls = useTaskCalls();
  const [isAsking, setAsking] = useState(false);
  const shown = task.assignee ?? <span className="muted">unassigned</span>;
  if (!may("editor") || task.status !== "open") return <>{shown}</>;
  const assign = async (assignee: string | null) => {
    try {
      await calls.assign(task, assignee);
      report(assignee ? `Assigned to ${assignee}: ${task.title}` : `Unassigned: ${task.title}`);
    } catch (error) {
      reportFailure(error);
    }
  };
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
            onAction: () => void assign(identity.name),
          },
          { id: "other", label: "Somebody else …", icon: <UserRoundPlus size={16} />, onAction: () => setAsking(true) },
          ...(task.assignee
            ? [
                {
                  id: "nobody",
                  label: "Unassign",
                  icon: <UserRoundX size={16} />,
                  onAction: () => void assign(null),
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
            void assign(name);
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
    <Dialog
      title="Assign the task"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="assign" isDisabled={!name.trim()}>
            Assign
          </Button>
        </>
      }
    >
      <form
        id="assign"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) onAssign(name.trim());
        }}
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
      </form>
    </Dialog>
  );
}
