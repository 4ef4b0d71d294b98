"use client";

import { ChevronLeft, Download } from "lucide-react";

import { LiveChip } from "@/components/mail/live-chip";
import { Chip } from "@/components/ui/chip";
import { Copy } from "@/components/ui/copy";
import { Link } from "@/components/ui/link";
import { Time } from "@/components/ui/time";
import { count, subjectSeen } from "@/lib/format";
import { grouped } from "@/lib/grouped";
import type { Email } from "@/lib/queries/emails";
import type { Recipient } from "@/lib/recipients";
import { BESIDE, emailStatus } from "@/lib/status";

/** What the mail is, and in one sentence how it stands. */
export function EmailHead({ email, recipients }: { email: Email; recipients: Recipient[] }) {
  return (
    <header>
      <div className="flex items-center justify-between gap-2">
        <Link href="/emails" className="-ml-1 inline-flex min-h-8 items-center gap-1 rounded-control pr-2 text-control text-text-2 hover:text-text">
          <ChevronLeft aria-hidden className="size-4" />
          Emails
        </Link>
        <a
          href={`/api/emails/${email.id}/raw`}
          download={`${email.id}.eml`}
          className="inline-flex h-8 items-center gap-1.5 rounded-control border border-edge px-3 text-control font-medium hover:bg-hover pointer-coarse:h-11"
        >
          <Download aria-hidden className="size-3.5" />
          Download .eml
        </a>
      </div>
      <h1 dir="auto" className="mt-2 line-clamp-3 text-title font-semibold [overflow-wrap:anywhere]" title={email.subject}>
        {subjectSeen(email.subject) ?? <span className="text-text-2">(no subject)</span>}
      </h1>
      <p className="mt-2 flex flex-wrap items-center gap-2 text-lead">
        <LiveChip state={email.last_event} />
        {recipients.some((one) => one.inDoubt) ? <Chip status={BESIDE.in_doubt} /> : null}
        {recipients.some((one) => one.last?.exchanger === "sandbox") ? <Chip status={BESIDE.caught} /> : null}
        <span className="min-w-0 [overflow-wrap:anywhere]">{sentence(email, recipients)}</span>
      </p>
      <p className="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-control text-text-2">
        <bdi className="font-mono [overflow-wrap:anywhere]">{email.from}</bdi>
        <span>to {count(recipients.length, "recipient")}</span>
        <Time at={email.created_at} />
        {email.scheduled_at && email.last_event === "scheduled" ? (
          <span>
            due <Time at={email.scheduled_at} dated />
          </span>
        ) : null}
        {email.tags.map((tag) => (
          <span key={tag.name} className="min-w-0 rounded-chip border px-1.5 font-mono text-meta [overflow-wrap:anywhere]">
            {tag.name}={tag.value}
          </span>
        ))}
        <span className="inline-flex min-w-0 items-center gap-1 font-mono text-meta">
          <span className="truncate">{email.id}</span>
          <Copy text={email.id} what="the id" />
        </span>
      </p>
    </header>
  );
}

function sentence(email: Email, recipients: Recipient[]): string {
  const only = recipients.length === 1 ? recipients[0] : undefined;
  if (only?.inDoubt) return `${only.address} may have it: it was sent, and never answered.`;
  if (only) return `${only.address} ${PHRASES[only.state] ?? `is ${emailStatus(only.state).word.toLowerCase()}`}.`;
  const arrived = recipients.filter((one) => ["delivered", "opened", "clicked"].includes(one.state)).length;
  if (arrived === recipients.length) return `All ${count(recipients.length, "recipient")} have it.`;
  const rest = recipients.filter((one) => !["delivered", "opened", "clicked"].includes(one.state));
  const states = grouped(rest, (one) => (one.inDoubt ? BESIDE.in_doubt : emailStatus(one.state)).word.toLowerCase());
  const said = [...states].map(([word, all]) => `${all.length} ${word}`).join(", ");
  return email.last_event === "canceled" ? "It was canceled." : `${arrived} of ${recipients.length} delivered; ${said}.`;
}

const PHRASES: Record<string, string> = {
  queued: "is next in the queue",
  scheduled: "gets it when it is due",
  sent: "is being delivered to; no answer yet",
  delivered: "has it",
  delivery_delayed: "waits: the receiver did not take it yet",
  bounced: "will not get it: the receiver refused it",
  failed: "will not get it: it could not be delivered",
  complained: "has it, and called it spam",
  suppressed: "was spared: it was not sent",
  canceled: "does not get it: it was canceled",
  opened: "has it, and opened it",
  clicked: "has it, and clicked in it",
};
