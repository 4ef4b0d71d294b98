"use client";

import { LiveChip } from "@/components/mail/live-chip";
import { Route } from "@/components/mail/route";
import { Time } from "@/components/ui/time";
import { bare } from "@/lib/format";
import type { EmailItem } from "@/lib/queries/emails";
import { emailStatus } from "@/lib/status";

/** A mail in a line; in two on a phone. */
export function EmailRow({ email }: { email: EmailItem }) {
  const status = emailStatus(email.last_event);
  const others = email.to.length + (email.cc?.length ?? 0) + (email.bcc?.length ?? 0) - 1;
  return (
    <>
      <span className="order-1 col-span-1 flex items-center gap-3">
        <Route stops={status.route} className="hidden lg:block" />
        <LiveChip state={email.last_event} />
      </span>
      <span className="order-3 col-span-2 flex min-w-0 items-baseline gap-1.5 font-mono text-control text-text md:order-2 md:col-span-1">
        <bdi className="truncate">{bare(email.to[0] ?? "")}</bdi>
        {others > 0 ? <span className="shrink-0 text-meta text-text-2">+{others}</span> : null}
      </span>
      <span className="order-4 col-span-2 min-w-0 truncate text-control md:order-3 md:col-span-1">
        {email.subject ? <bdi>{email.subject}</bdi> : <span className="text-text-2">(no subject)</span>}
      </span>
      <span className="order-5 hidden min-w-0 truncate font-mono text-control text-text-2 md:order-4 md:block">
        <bdi>{bare(email.from)}</bdi>
      </span>
      <Time at={email.created_at} className="order-2 whitespace-nowrap text-right text-control text-text-2 md:order-5" />
    </>
  );
}
