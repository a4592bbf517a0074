// Tasks that are overdue or due within a day.
import { Link } from "wouter";
import { count } from "../../components/format";
import { Ago } from "../../components/Time";
import { isPast } from "../../core/times";
import { useApi, useCurrentLocation } from "../../currentLocation";
import { LIVE, Part } from "./Part";

const DAY_MS = 24 * 3600 * 1000;
const SHOWN = 6;

export function DueTasks() {
  const { path } = useCurrentLocation();
  const tasks = useApi().useQuery("get", "/tasks", { params: { query: { status: "open", limit: 100 } } }, {
    ...LIVE,
    select: ({ items }) => items.filter((task) => new Date(task.due_at).getTime() < Date.now() + DAY_MS),
  });
  return (
    <Part
      title="Tasks due"
      aside={<Link href={path("/tasks")}>All tasks</Link>}
      query={tasks}
      empty={(due) => (due.length === 0 ? "Nothing is due today." : null)}
    >
      {(due) => (
        <>
          <ul className="home__list">
            {due.slice(0, SHOWN).map((task) => (
              <li key={task.id} className="home__row">
                <div className="home__text">
                  <strong>{task.title}</strong>
                  <span className="muted small">
                    <Ago what={isPast(task.due_at) ? "overdue:" : "due"} at={task.due_at} isInline />
                    {task.assignee && ` · ${task.assignee}`}
                  </span>
                </div>
              </li>
            ))}
          </ul>
          {due.length > SHOWN && <p className="muted small">{count(due.length - SHOWN, "more task")}</p>}
        </>
      )}
    </Part>
  );
}
