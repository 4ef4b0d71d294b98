"use client";

import { ChevronRight } from "lucide-react";

import { LiveChip } from "@/components/mail/live-chip";
import { RecipientStory } from "@/components/mail/recipient-story";
import { Route } from "@/components/mail/route";
import { Chip } from "@/components/ui/chip";
import { Time } from "@/components/ui/time";
import { grouped } from "@/lib/grouped";
import type { Email } from "@/lib/queries/emails";
import type { Recipient } from "@/lib/recipients";
import { BESIDE, emailStatus } from "@/lib/status";

const FEW = 5;

/** Each recipient with its Route and what its receiver said; many are gathered by how they stand. */
export function Recipients({ email, recipients }: { email: Email; recipients: Recipient[] }) {
  const groups = [...grouped(recipients, (one) => one.state)].sort((a, b) => rank(a[0]) - rank(b[0]));
  return (
    <section aria-labelledby="recipients" className="mt-6">
      <h2 id="recipients" className="mb-2 font-medium">
        Recipients
      </h2>
      <div className="overflow-hidden rounded-card border bg-surface">
        {recipients.length <= FEW
          ? recipients.map((one) => (
              <RecipientRow key={one.kind + one.address} email={email} recipient={one} open={recipients.length === 1} />
            ))
          : groups.map(([state, all]) => (
              <details key={state} open={rank(state) === 0} className="group/state border-b last:border-b-0">
                <summary className="flex min-h-10 items-center gap-3 px-4 text-control hover:bg-hover [&::-webkit-details-marker]:hidden">
                  <ChevronRight aria-hidden className="size-4 text-text-3 group-open/state:rotate-90" />
                  <LiveChip state={state} />
                  <span>{all.length}</span>
                </summary>
                <div className="border-t pl-4">
                  {all.map((one) => (
                    <RecipientRow key={one.kind + one.address} email={email} recipient={one} open={false} />
                  ))}
                </div>
              </details>
            ))}
      </div>
    </section>
  );
}

function rank(state: string): number {
  return ["delivery_delayed", "bounced", "failed", "complained", "suppressed"].includes(state) ? 0 : 1;
}

function RecipientRow({ email, recipient, open }: { email: Email; recipient: Recipient; open: boolean }) {
  const { last } = recipient;
  const words = last?.reply ? [last.reply.code, last.reply.status, last.reply.text].filter(Boolean).join(" ") : "";
  return (
    <details open={open} className="group border-b last:border-b-0">
      <summary className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 hover:bg-hover [&::-webkit-details-marker]:hidden">
        <ChevronRight aria-hidden className="size-4 shrink-0 text-text-3 group-open:rotate-90" />
        <Route stops={recipient.route.map((one) => one.stop)} className="shrink-0 max-sm:hidden" />
        <LiveChip state={recipient.state} />
        {recipient.inDoubt ? <Chip status={BESIDE.in_doubt} /> : null}
        <bdi className="min-w-0 font-mono text-control [overflow-wrap:anywhere]">{recipient.address}</bdi>
        {recipient.kind === "to" ? null : <span className="text-meta text-text-2">{recipient.kind}</span>}
        <span className="min-w-0 flex-1 truncate font-mono text-meta text-text-2 group-open:invisible max-md:hidden" title={words}>
          {words}
        </span>
        <Time at={last?.created_at ?? email.created_at} className="ml-auto text-control text-text-2" />
      </summary>
      <RecipientStory email={email} recipient={recipient} />
      <span className="sr-only">{emailStatus(recipient.state).hint}</span>
    </details>
  );
}
