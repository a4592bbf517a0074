// What is left for people to do: tasks that workflows made.
import { ListChecks } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useTaskCalls, useTasks, type Task } from "../../api/records";
import { Button } from "../../components/Button";
import { ago, dateTime } from "../../components/format";
import { List } from "../../components/List";
import { Page } from "../../components/Page";
import { Empty } from "../../components/States";
import { useToasts } from "../../components/toasts";
import { usePlace } from "../../place";

const TONES = { low: "plain", normal: "info", high: "bad" } as const;

export default function TasksPage() {
  const { may } = usePlace();
  const [status, setStatus] = useState<Task["status"]>("open");
  const tasks = useTasks(status);
  const columns = ["Task", "Priority", "Due", "Booking", ...(may("editor") ? ["Action"] : [])];
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
      </div>
      <List
        what="tasks"
        query={tasks}
        columns={columns}
        row={(task) => <TaskRow key={task.id} task={task} />}
        empty={
          <Empty icon={<ListChecks size={24} />} title={status === "open" ? "Nothing to do" : "Nothing done yet"}>
            Tasks that workflows create show up here, the most urgent first.
          </Empty>
        }
      />
    </Page>
  );
}

function TaskRow({ task }: { task: Task }) {
  const { may, path } = usePlace();
  const { tell, tellError } = useToasts();
  const calls = useTaskCalls();
  const [isBusy, setBusy] = useState(false);
  const isOpen = task.status === "open";
  const change = async () => {
    setBusy(true);
    try {
      await (isOpen ? calls.complete(task) : calls.reopen(task));
      tell(isOpen ? `Done: ${task.title}` : `Open again: ${task.title}`);
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <tr>
      <td>
        <div className="table__main">
          <strong>{task.title}</strong>
          <span className="muted small">{task.description}</span>
        </div>
      </td>
      <td>
        <span className={`badge badge--${TONES[task.priority]}`}>{task.priority}</span>
      </td>
      <td>
        <time dateTime={task.due_at} title={dateTime(task.due_at)}>
          {ago(task.due_at)}
        </time>
      </td>
      <td>
        {task.booking_id ? (
          <Link href={path(`/bookings/${encodeURIComponent(task.booking_id)}`)}>{task.booking_id}</Link>
        ) : (
          <span className="muted">none</span>
        )}
      </td>
      {may("editor") && (
        <td>
          <Button size="small" isPending={isBusy} onPress={() => void change()}>
            {isOpen ? "Mark as done" : "Open again"}
          </Button>
        </td>
      )}
    </tr>
  );
}
