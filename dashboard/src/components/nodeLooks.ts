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

export type Tone = "violet" | "info" | "accent" | "warn" | "good" | "plain";

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

export function lookOf(type: string): { Icon: LucideIcon; tone: Tone } {
  const [Icon, tone] = TYPES[type] ?? [CircleHelp, "plain"];
  return { Icon, tone };
}

export function eventIcon(event: string | null | undefined): LucideIcon {
  return EVENTS[event ?? ""] ?? Zap;
}
