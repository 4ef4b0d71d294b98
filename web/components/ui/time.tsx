"use client";

import { type PointerEvent, useSyncExternalStore } from "react";

import { exact, moment, relative, relativeAndDated } from "@/lib/format";

let now = 0;
let timer: ReturnType<typeof setInterval> | null = null;
const watched = new Set<() => void>();

/** One clock ticks for all. */
function watch(tick: () => void): () => void {
  watched.add(tick);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of watched) one();
  }, 1000);
  return () => {
    watched.delete(tick);
    if (watched.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

interface Props {
  at: string;
  /** Whether the day and the time stand beside it. */
  dated?: boolean;
  className?: string;
}

/** A moment, said by its distance; exact where it is pointed at. */
export function Time({ at, dated = false, className }: Props) {
  const when = moment(at);
  const said = useSyncExternalStore(
    watch,
    () => (dated ? relativeAndDated : relative)(when, new Date(now || Date.now())),
    // The server has another zone: a date it leaves to the browser.
    () => relative(when, new Date(), null),
  );
  const tell = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.title = exact(when);
  };
  return (
    <time dateTime={when.toISOString()} onPointerEnter={tell} className={className} suppressHydrationWarning>
      {said}
    </time>
  );
}
