// The sign and the colour of each type of node.
import {
  BellRing,
  CalendarCheck,
  CalendarClock,
  CalendarPlus,
  CalendarX,
  CircleHelp,
  ClipboardList,
  Clock,
  GitBranch,
  MessageCircle,
  NotebookPen,
  PencilLine,
  Send,
  Split,
  Star,
  Webhook,
  Zap,
  type LucideIcon,
} from "lucide-react";

type Tone = "violet" | "info" | "accent" | "warn" | "good" | "plain";

const TYPES: Readonly<Record<string, [LucideIcon, Tone]>> = {
  trigger: [Zap, "violet"],
  send_template: [Send, "info"],
  send_survey_email: [Star, "info"],
  webhook: [Webhook, "warn"],
  update_booking: [PencilLine, "accent"],
  add_booking_note: [NotebookPen, "accent"],
  create_task: [ClipboardList, "accent"],
  delay: [Clock, "plain"],
  condition: [GitBranch, "plain"],
  switch: [Split, "plain"],
};

const EVENTS: Readonly<Record<string, LucideIcon>> = {
  "Booking Created": CalendarPlus,
  "Booking Cancelled": CalendarX,
  "Booking Rescheduled": CalendarClock,
  "Booking Completed": CalendarCheck,
  "Booking Status Changed": PencilLine,
  "Booking Reminder": BellRing,
  "Chat Message Created": MessageCircle,
  "Survey Submitted": Star,
};

/** Returns the icon and the colour of a type of node; of a trigger, those of its event. */
export function signOf(type: string, event?: unknown): { Icon: LucideIcon; tone: Tone } {
  const [Icon, tone] = TYPES[type] ?? [CircleHelp, "plain"];
  return { Icon: typeof event === "string" ? (EVENTS[event] ?? Icon) : Icon, tone };
}

interface SignProps {
  type: string;
  /** The event of a trigger. */
  event?: unknown;
  size?: number;
}

/** The sign of a type of node on its colour; whoever uses it says the words beside it. */
export function StepSign({ type, event, size = 16 }: SignProps) {
  const { Icon, tone } = signOf(type, event);
  return (
    <span className={`chip chip--${tone}`} aria-hidden>
      <Icon size={size} />
    </span>
  );
}

export function EventIcon({ event, size = 16 }: { event: string | null; size?: number }) {
  const Icon = EVENTS[event ?? ""] ?? Zap;
  return <Icon size={size} aria-hidden />;
}
