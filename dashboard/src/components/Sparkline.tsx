// The executions of the last days as small bars, with the same counts in words.
import { count } from "./format";

interface Day {
  day: string;
  completed: number;
  failed: number;
}

const BAR = 8;
const GAP = 3;
const HEIGHT = 26;

export function Sparkline({ days }: { days: readonly Day[] }) {
  const most = Math.max(1, ...days.map((day) => day.completed + day.failed));
  const completed = days.reduce((sum, day) => sum + day.completed, 0);
  const failed = days.reduce((sum, day) => sum + day.failed, 0);
  const words = `${completed} completed and ${failed} failed in ${count(days.length, "day")}`;
  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={words}
      width={days.length * (BAR + GAP) - GAP}
      height={HEIGHT}
    >
      <title>{words}</title>
      {days.map((day, index) => {
        const bad = (day.failed / most) * HEIGHT;
        const good = (day.completed / most) * HEIGHT;
        const x = index * (BAR + GAP);
        return (
          <g key={day.day}>
            {day.completed + day.failed === 0 && (
              <rect x={x} y={HEIGHT - 2} width={BAR} height={2} rx={1} fill="var(--line-strong)" />
            )}
            <rect x={x} y={HEIGHT - good} width={BAR} height={good} rx={1.5} fill="var(--accent)" />
            <rect x={x} y={HEIGHT - good - bad} width={BAR} height={bad} rx={1.5} fill="var(--bad)" />
          </g>
        );
      })}
    </svg>
  );
}
