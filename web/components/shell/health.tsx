"use client";

import { useQuery } from "@tanstack/react-query";

import { useLive } from "@/components/shell/live";
import { browserApi } from "@/lib/api/browser";
import { system } from "@/lib/queries/system";

/** How the installation is: a dot and a word, and behind them each part with what mends it. */
export function Health({ insecure }: { insecure: boolean }) {
  const { state } = useLive();
  const facts = useQuery(system(browserApi).facts());
  const ready = useQuery({ ...system(browserApi).ready(), enabled: state !== "connecting" });
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
        className="fixed inset-auto right-4 top-12 m-0 w-80 max-w-[calc(100vw-32px)] rounded-card border bg-raised p-4 text-text shadow-float"
      >
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 text-control">
          {lines.map(([name, said, bad]) => (
            <div key={name} className="contents">
              <dt className="text-text-2">{name}</dt>
              <dd className={`min-w-0 break-words ${bad ? "text-bad" : ""}`}>{said}</dd>
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
