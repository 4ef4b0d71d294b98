"use client";

import { useQuery } from "@tanstack/react-query";

import { useLive } from "@/components/shell/live";
import { useTurned } from "@/components/shell/turned";
import { browserApi } from "@/lib/api/browser";
import { clock } from "@/lib/format";
import { system } from "@/lib/queries/system";

/** Says on every page that what it shows may be old, and since when. */
export function AwayStrip() {
  const { state, since } = useLive();
  const ready = useQuery({ ...system(browserApi).ready(), enabled: state !== "connecting" });
  const turned = useTurned();
  // Then the strip above says why.
  if (turned || (state !== "lost" && !ready.error)) return null;
  // A stream may stay open before an API that hangs.
  const whole = since ?? (ready.dataUpdatedAt ? new Date(ready.dataUpdatedAt) : null);
  return (
    <div role="status" className="border-b bg-bad-tint px-4 py-2 text-control text-bad sm:px-6">
      {ready.error ? "MailIt's API can't be reached" : "Live paused"}, trying again.
      {whole ? ` What you see is as of ${clock(whole)}.` : null}
    </div>
  );
}
