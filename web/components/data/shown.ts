"use client";

import { type RefObject, useLayoutEffect, useState, useSyncExternalStore } from "react";

import { parts, type Part } from "@/lib/parts";

/** As many rows as the first screen has; the rest is drawn once the page is alive. */
const FIRST = 24;
/** Up to here every row is drawn, so that the browser's own search finds them; beyond, those around the screen. */
const WHOLE = 100;
/** Rows beyond either edge of the screen. */
const BEYOND = 12;

const never = () => () => {};

/** Which rows are drawn, with the gaps between them, as the page is scrolled. The current row always is. */
export function useShown(list: RefObject<HTMLElement | null>, count: number, current: number): Part[] {
  const alive = useSyncExternalStore(never, () => true, () => false);
  const [screen, setScreen] = useState({ from: 0, to: FIRST, height: 0 });
  const long = count > WHOLE;

  useLayoutEffect(() => {
    if (!long) return;
    let asked = 0;
    const look = () => {
      asked = 0;
      const ul = list.current;
      const height = ul?.querySelector<HTMLElement>("[data-row]")?.parentElement?.offsetHeight ?? 0;
      if (!ul || height === 0) return;
      const above = -ul.getBoundingClientRect().top / height;
      const rows = window.innerHeight / height;
      // In steps: not every row that goes by is worth a render.
      const from = Math.max(0, Math.floor((above - BEYOND) / 6) * 6);
      const to = Math.ceil((above + rows + BEYOND) / 6) * 6;
      setScreen((was) => (was.from === from && was.to === to && was.height === height ? was : { from, to, height }));
    };
    const soon = () => {
      if (asked === 0) asked = requestAnimationFrame(look);
    };
    look();
    window.addEventListener("scroll", soon, { passive: true });
    window.addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(asked);
      window.removeEventListener("scroll", soon);
      window.removeEventListener("resize", soon);
    };
  }, [list, long]);

  if (!alive) return parts(count, 0, FIRST, 0, 0).filter((part) => "index" in part);
  return long ? parts(count, screen.from, screen.to, current, screen.height) : parts(count, 0, count, current, 0);
}
