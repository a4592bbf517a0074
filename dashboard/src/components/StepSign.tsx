// The picture and the colour of each kind of step, by the name that the catalogue gives it.
import {
  BellRing,
  CalendarCheck,
  CalendarClock,
  CalendarPlus,
  CalendarX,
  Clock,
  ClipboardList,
  GitBranch,
  Hand,
  MessageCircle,
  NotebookPen,
  PencilLine,
  Puzzle,
  Send,
  Split,
  Star,
  Webhook,
  Zap,
  type LucideIcon,
} from "lucide-react";
import { TRIGGER } from "../core/graph";

type Tone = "violet" | "info" | "accent" | "warn" | "plain";

const PICTURES: Readonly<Record<string, [LucideIcon, Tone]>> = {
  [TRIGGER]: [Zap, "violet"],
  created: [CalendarPlus, "violet"],
  cancelled: [CalendarX, "violet"],
  rescheduled: [CalendarClock, "violet"],
  completed: [CalendarCheck, "violet"],
  reminder: [BellRing, "violet"],
  chat: [MessageCircle, "violet"],
  hand: [Hand, "violet"],
  message: [Send, "info"],
  survey: [Star, "info"],
  request: [Webhook, "warn"],
  change: [PencilLine, "accent"],
  note: [NotebookPen, "accent"],
  task: [ClipboardList, "accent"],
  delay: [Clock, "plain"],
  condition: [GitBranch, "plain"],
  switch: [Split, "plain"],
};

/** Returns the picture and the colour of an icon's name; plain ones where it is not known. */
export function pictureOf(icon: string, isTrigger = false): { Icon: LucideIcon; tone: Tone } {
  const [Icon, tone] = (Object.hasOwn(PICTURES, icon) && PICTURES[icon]) || [isTrigger ? Zap : Puzzle, "plain"];
  return { Icon, tone: isTrigger ? "violet" : tone };
}

interface SignProps {
  /** The icon's name, as the catalogue names it. */
  icon: string;
  isTrigger?: boolean;
  size?: number;
}

/** The picture of a kind of step on its colour; the words stand beside it. */
export function StepSign({ icon, isTrigger = false, size = 16 }: SignProps) {
  const { Icon, tone } = pictureOf(icon, isTrigger);
  return (
    <span className={`chip chip--${tone}`} aria-hidden>
      <Icon size={size} />
    </span>
  );
}

/** The picture of an event, without a colour of its own. */
export function EventIcon({ icon, size = 16 }: { icon: string; size?: number }) {
  const { Icon } = pictureOf(icon, true);
  return <Icon size={size} aria-hidden />;
}
