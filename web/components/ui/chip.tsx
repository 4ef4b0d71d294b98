import { Icon } from "@/components/ui/icon";
import type { EmailIcon, Status, Tone } from "@/lib/status";

const TONES: Record<Tone, string> = {
  good: "text-good bg-good-tint",
  bad: "text-bad bg-bad-tint",
  warn: "text-warn bg-warn-tint",
  info: "text-info bg-info-tint",
  plum: "text-plum bg-plum-tint",
  quiet: "text-quiet bg-quiet-tint",
};

/** A state: its icon and word, in its tone on a tint of it. */
export function Chip({ status }: { status: Status & { icon: EmailIcon } }) {
  return (
    <span
      className={`chip inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-chip px-1.5 text-meta font-medium ${TONES[status.tone]}`}
      title={status.hint}
    >
      <Icon name={status.icon} />
      {status.word}
    </span>
  );
}
