"use client";

import { RouteWide } from "@/components/mail/route-wide";
import { Said } from "@/components/mail/said";
import { Chip } from "@/components/ui/chip";
import { Time } from "@/components/ui/time";
import type { Email } from "@/lib/queries/emails";
import type { Recipient } from "@/lib/recipients";
import { emailStatus } from "@/lib/status";

/** A recipient's Route at full width, then everything that happened, each with the receiver's words. */
export function RecipientStory({ email, recipient }: { email: Email; recipient: Recipient }) {
  return (
    <div className="border-t px-4 pb-4 pt-5 sm:px-6">
      <RouteWide route={recipient.route} accepted={email.created_at} />
      {recipient.events.length === 0 ? (
        <p className="mt-4 text-control text-text-2">{NOTHING_YET[recipient.state] ?? "The receiver has not answered yet."}</p>
      ) : (
        <ol className="mt-5 grid gap-3">
          {recipient.events.map((event) => (
            <li key={event.seq} className="grid gap-1.5">
              <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-control">
                <Chip status={emailStatus(event.type.replace(/^email\./, ""))} />
                {event.attempt ? <span>Attempt {event.attempt}</span> : null}
                {event.exchanger ? <span className="font-mono text-meta text-text-2">{event.exchanger}</span> : null}
                <Time at={event.created_at} className="text-text-2" />
              </p>
              {event.reply ? <Said reply={event.reply} /> : null}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** What is so where nothing happened yet to this recipient alone. */
const NOTHING_YET: Readonly<Record<string, string>> = {
  queued: "It has not left yet.",
  scheduled: "It has not left yet: it is sent when it is due.",
  canceled: "It was canceled before it left.",
};
