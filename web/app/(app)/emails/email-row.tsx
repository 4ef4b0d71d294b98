"use client";

import { LiveChip } from "@/components/mail/live-chip";
import { Route } from "@/components/mail/route";
import { Subject } from "@/components/mail/subject";
import { Time } from "@/components/ui/time";
import { bare } from "@/lib/format";
import type { EmailItem } from "@/lib/queries/emails";
import { emailStatus } from "@/lib/status";

/** A mail in a line; in two on a phone, with its state and its time at the right. */
export function EmailRow({ item: email }: { item: EmailItem }) {
  const status = emailStatus(email.last_event);
  const others = email.to.length + (email.cc?.length ?? 0) + (email.bcc?.length ?? 0) - 1;
  return (
    <>
      <span className="cell-state">
        <Route stops={status.route} className="hidden lg:block" />
        <LiveChip state={email.last_event} />
      </span>
      <span className="cell-to">
        <bdi className="truncate">{bare(email.to[0] ?? "")}</bdi>
        {others > 0 ? <span className="shrink-0 text-meta text-text-2">+{others}</span> : null}
      </span>
      <span className="cell-subject">
        <Subject of={email.subject} />
      </span>
      <span className="cell-from">
        <bdi>{bare(email.from)}</bdi>
      </span>
      <Time at={email.created_at} className="cell-time" />
    </>
  );
}
