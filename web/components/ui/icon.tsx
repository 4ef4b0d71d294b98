import {
  Ban,
  CalendarClock,
  Check,
  CircleDashed,
  CircleQuestionMark,
  CircleSlash,
  CircleX,
  Flag,
  Inbox,
  type LucideIcon,
  Mail,
  MailOpen,
  MousePointerClick,
  Package,
  Send,
  Timer,
  Undo2,
} from "lucide-react";

import type { EmailIcon } from "@/lib/status";

const ICONS: Record<EmailIcon | "mail", LucideIcon> = {
  "circle-dashed": CircleDashed,
  "calendar-clock": CalendarClock,
  send: Send,
  check: Check,
  timer: Timer,
  "undo-2": Undo2,
  "circle-x": CircleX,
  flag: Flag,
  ban: Ban,
  "circle-slash": CircleSlash,
  "mail-open": MailOpen,
  "mouse-pointer-click": MousePointerClick,
  "circle-question-mark": CircleQuestionMark,
  package: Package,
  inbox: Inbox,
  mail: Mail,
};

/** An icon by its name; what it means is said beside it. */
export function Icon({ name, className = "size-3.5" }: { name: EmailIcon | "mail"; className?: string }) {
  const Drawn = ICONS[name];
  return <Drawn aria-hidden className={`shrink-0 ${className}`} />;
}
