"use client";

import { useSyncExternalStore } from "react";

import { clock, moment, span } from "@/lib/format";
import type { Reached } from "@/lib/recipients";
import type { Stop } from "@/lib/status";

const MARKS: Record<Stop, string> = {
  passed: "bg-good border-good",
  present: "bg-good border-good outline-2 outline-offset-2 outline-good",
  waiting: "border-dashed border-warn",
  failed: "border-transparent text-bad",
  doubt: "border-warn bg-linear-to-r from-transparent from-50% to-warn to-50%",
  ahead: "border-edge",
};

const WORDS: Record<Stop, string> = {
  passed: "done",
  present: "now",
  waiting: "waiting",
  failed: "ended here",
  doubt: "in doubt",
  ahead: "still ahead",
};

const never = () => () => {};

/** The Route at full width: each stop with when it was reached, counted from the accept. */
export function RouteWide({ route, accepted }: { route: Reached[]; accepted: string }) {
  const start = moment(accepted);
  const mounted = useSyncExternalStore(never, () => true, () => false);
  return (
    <ol className="flex" aria-label="Route">
      {route.map(({ name, stop, at }, index) => (
        <li key={name} className="relative min-w-0 flex-auto last:flex-none sm:flex-1">
          <span className="flex items-center">
            <span aria-hidden data-stop={stop} className={`stop relative z-[1] mx-1 size-2.5 shrink-0 rounded-full border-2 ${MARKS[stop]}`}>
              {stop === "failed" ? (
                <svg viewBox="0 0 10 10" className="absolute -inset-1 size-3.5">
                  <path d="M1.5 1.5l7 7m0-7l-7 7" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
                </svg>
              ) : null}
            </span>
            {index < route.length - 1 ? (
              <span aria-hidden className={`h-0 flex-1 border-t ${line(route[index + 1]?.stop ?? "ahead")}`} />
            ) : null}
          </span>
          <span className={`mt-2 block pr-1 text-meta ${stop === "ahead" ? "text-text-3" : "font-medium text-text"}`}>
            {name}
            <span className="sr-only">, {WORDS[stop]}</span>
          </span>
          <span className="block pr-1 text-meta text-text-2">
            {at === null ? "\u00a0" : index === 0 ? (mounted ? clock(at) : "\u00a0") : `+${span(at.getTime() - start.getTime())}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

function line(next: Stop): string {
  if (next === "ahead") return "border-dashed border-edge";
  if (next === "waiting" || next === "doubt") return "border-dashed border-warn";
  return next === "failed" ? "border-bad" : "border-good";
}
