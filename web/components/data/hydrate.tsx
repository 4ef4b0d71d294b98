"use client";

import { type DehydratedState, HydrationBoundary } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";

import { whose as shown } from "@/lib/api/whose";

interface Props {
  state: DehydratedState;
  /** For whom the server asked. */
  whose: string | null;
  children: ReactNode;
}

/** Takes what the server asked for into the tab's cache. Where that is another's than the tab shows, all of it is loaded anew. */
export function Hydrate({ state, whose, children }: Props) {
  const mine = typeof document === "undefined" ? null : shown();
  const other = mine !== null && whose !== mine;
  useEffect(() => {
    if (other) window.location.reload();
  }, [other]);
  return other ? null : <HydrationBoundary state={state}>{children}</HydrationBoundary>;
}
