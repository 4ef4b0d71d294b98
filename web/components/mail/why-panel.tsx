"use client";

import { Said } from "@/components/mail/said";
import { Time } from "@/components/ui/time";
import { count } from "@/lib/format";
import { type Cause, domainOf } from "@/lib/recipients";
import { explain } from "@/lib/why";

/** Why somebody does not have the mail, or may not have it: a panel for each cause, not for each recipient. */
export function WhyPanel({ causes }: { causes: Cause[] }) {
  return causes.map((cause) => <OneWhy key={`${cause.state} ${cause.inDoubt} ${cause.addresses[0]}`} cause={cause} />);
}

function OneWhy({ cause }: { cause: Cause }) {
  const { title, text, about, next } = explain(cause, domainOf(cause.addresses[0] ?? ""));
  const ended = cause.state === "bounced" || cause.state === "failed";
  return (
    <section
      aria-label={title}
      className={`mt-5 rounded-card border border-l-[3px] bg-surface p-4 ${ended ? "border-l-bad" : "border-l-warn"}`}
    >
      <h2 className="font-medium">{title}</h2>
      <p className="mt-1 max-w-[80ch] text-text-2">
        {text} {about} {cause.addresses.length > 1 ? `It is so for ${count(cause.addresses.length, "recipient")}.` : null}
      </p>
      {cause.reply ? <Said reply={cause.reply} className="mt-3" /> : null}
      <p className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-control text-text-2">
        <bdi className="font-mono [overflow-wrap:anywhere]">{cause.addresses.slice(0, 3).join(", ")}</bdi>
        {cause.addresses.length > 3 ? <span>and {cause.addresses.length - 3} more</span> : null}
        {cause.rule ? (
          <span>
            rule <span className="font-mono">{cause.rule}</span>
          </span>
        ) : null}
        {cause.exchanger ? <span className="font-mono [overflow-wrap:anywhere]">{cause.exchanger}</span> : null}
        {cause.attempt ? <span>attempt {cause.attempt}</span> : null}
        <span>
          since <Time at={cause.since} />
        </span>
        {cause.next ? (
          <span>
            next try <Time at={cause.next} />
          </span>
        ) : null}
        {cause.expires ? (
          <span>
            gives up <Time at={cause.expires} />
          </span>
        ) : null}
      </p>
      <p className="mt-2 max-w-[80ch] text-control">
        <span className="text-text-2">What you can do:</span> {next}
      </p>
    </section>
  );
}
