"use client";

import { Said } from "@/components/mail/said";
import { Time } from "@/components/ui/time";
import { count } from "@/lib/format";
import { type Cause, domainOf } from "@/lib/recipients";

/** Why somebody does not have the mail, or may not have it: a panel for each cause, not for each recipient. */
export function WhyPanel({ causes }: { causes: Cause[] }) {
  return causes.map((cause) => (
    <section
      key={`${cause.state} ${cause.inDoubt} ${cause.addresses[0]}`}
      aria-label={title(cause)}
      className={`mt-5 rounded-card border border-l-[3px] bg-surface p-4 ${cause.state === "bounced" || cause.state === "failed" ? "border-l-bad" : "border-l-warn"}`}
    >
      <h2 className="font-medium">{title(cause)}</h2>
      <p className="mt-1 text-text-2">
        {explained(cause)}{" "}
        {cause.addresses.length > 1 ? `It is so for ${count(cause.addresses.length, "recipient")}.` : null}
      </p>
      {cause.reply ? <Said reply={cause.reply} className="mt-3" /> : null}
      <p className="mt-3 flex flex-wrap gap-x-4 text-control text-text-2">
        <bdi className="font-mono [overflow-wrap:anywhere]">{cause.addresses.slice(0, 3).join(", ")}</bdi>
        {cause.addresses.length > 3 ? <span>and {cause.addresses.length - 3} more</span> : null}
        {cause.exchanger ? <span className="font-mono">{cause.exchanger}</span> : null}
        {cause.attempt ? <span>attempt {cause.attempt}</span> : null}
        <Time at={cause.since} />
      </p>
    </section>
  ));
}

function title(cause: Cause): string {
  if (cause.inDoubt) return "Why it is in doubt";
  const titles: Record<string, string> = {
    delivery_delayed: "Why it waits",
    bounced: "Why it bounced",
    failed: "Why it failed",
    suppressed: "Why it was not sent",
    complained: "What came back",
  };
  return titles[cause.state] ?? "Why";
}

function explained(cause: Cause): string {
  if (cause.inDoubt) {
    return "The connection ended after the whole mail was sent and before the answer. It may have arrived.";
  }
  const site = domainOf(cause.addresses[0] ?? "");
  switch (cause.state) {
    case "delivery_delayed":
      return cause.reply?.code
        ? `${site} did not take it for now. MailIt tries again by itself; there is nothing you need to do.`
        : `${site} could not be reached. MailIt tries again by itself; there is nothing you need to do.`;
    case "bounced":
      return `${site} refused it for good. MailIt does not try again.`;
    case "failed":
      return "It could not be delivered, and MailIt has stopped trying.";
    case "suppressed":
      return "The address is on the suppression list, so MailIt did not send to it.";
    default:
      return "The recipient called it spam.";
  }
}
