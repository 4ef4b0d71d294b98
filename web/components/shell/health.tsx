"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { useLive } from "@/components/shell/live";
import { browserApi } from "@/lib/api/browser";
import { moment, span } from "@/lib/format";
import { type OperatorHealth, system } from "@/lib/queries/system";

/** How the installation is: a dot and a word, and behind them each part with what mends it. */
export function Health({ insecure, operator }: { insecure: boolean; operator: boolean }) {
  const { state } = useLive();
  const [open, setOpen] = useState(false);
  const facts = useQuery(system(browserApi).facts());
  const ready = useQuery({ ...system(browserApi).ready(), enabled: state !== "connecting" });
  // Asked only while it is looked at, and of operators alone.
  const health = useQuery({ ...system(browserApi).health(), enabled: open && operator });
  const down = ready.error !== null;
  const word = down ? "API away" : state === "lost" ? "Live paused" : ready.data ? "OK" : "Looking";
  const dot = down
    ? "bg-bad border-bad"
    : state === "live" && ready.data
      ? "bg-good border-good"
      : state === "lost"
        ? "border-warn"
        : "border-edge";
  const lines: [string, string, boolean][] = [
    ["API", down ? (ready.error?.message ?? "") : ready.data ? "answers" : "not asked yet", down],
    ...(operator ? parts(health.data, facts.data?.mode, health.isError) : []),
    ["Live stream", LIVE_WORDS[state], state === "lost"],
    ["Mode", facts.data?.mode ?? "unknown", false],
    ["Host name", facts.data?.hostname ?? "unknown", false],
    ["Version", facts.data?.version ?? "unknown", false],
  ];
  if (insecure) lines.push(["Session", "in a cookie without Secure (WEB_INSECURE_COOKIES=1): use HTTPS", true]);
  return (
    <>
      <button
        type="button"
        popoverTarget="health"
        className="flex h-8 items-center gap-2 rounded-control px-2 text-control text-text-2 hover:bg-hover hover:text-text pointer-coarse:h-11"
      >
        <span aria-hidden className={`size-2 rounded-full border-2 ${dot}`} />
        <span className="sr-only">Health: </span>
        {word}
      </button>
      <div
        id="health"
        popover="auto"
        onToggle={(event) => setOpen(event.newState === "open")}
        className="fixed inset-auto right-4 top-12 m-0 w-96 max-w-[calc(100vw-32px)] rounded-card border bg-raised p-4 text-text shadow-float"
      >
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-control">
          {lines.map(([name, said, bad]) => (
            <div key={name} className="contents">
              <dt className="text-text-2">{name}</dt>
              <dd className={`min-w-0 [overflow-wrap:anywhere] ${bad ? "text-bad" : ""}`}>{said}</dd>
            </div>
          ))}
        </dl>
        {down ? <p className="mt-3 text-control text-text-2">Is the daemon running? Its log says why not.</p> : null}
      </div>
    </>
  );
}

const LIVE_WORDS = {
  connecting: "connecting",
  live: "connected",
  lost: "paused, retrying",
  hidden: "resting while this tab is hidden",
};

const SLOW = 250; // ms
const LONG = 60 * 60 * 1000;

/** Database, queue and way out, each with what mends it. */
function parts(health: OperatorHealth | undefined, mode: string | undefined, failed: boolean): [string, string, boolean][] {
  if (!health) {
    const said = failed ? "could not be asked" : "looking…";
    return [
      ["Database", said, failed],
      ["Queue", said, failed],
      ["Port 25 out", said, failed],
    ];
  }
  const slow = health.database_ms > SLOW;
  const age = health.oldest_at === null ? null : Date.now() - moment(health.oldest_at).getTime();
  return [
    ["Database", `answers in ${health.database_ms} ms${slow ? ": slow; is its machine busy?" : ""}`, slow],
    ["Queue", age === null ? "nothing waits" : `the oldest mail waits for ${span(age)}`, age !== null && age > LONG],
    ["Port 25 out", WAYS[health.way_out](mode), health.way_out === "shut"],
  ];
}

const WAYS: Record<OperatorHealth["way_out"], (mode: string | undefined) => string> = {
  unused: (mode) => (mode === "relay" ? "not used: mail leaves by the relay" : "not used: mail is caught here"),
  unknown: () => "not tried of late",
  open: () => "open",
  shut: () =>
    "none of several mail servers could be reached. Many hosting providers block port 25: ask yours to open it, or set smtp_outbound.mode: relay.",
};
