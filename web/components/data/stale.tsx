"use client";

import { Button } from "@/components/ui/button";

/** What is shown could not be had anew: said above it, for it may be old. */
export function Stale({ error, what, retry }: { error: Error; what: string; retry: () => void }) {
  return (
    <div role="alert" className="my-3 flex flex-wrap items-center gap-x-4 gap-y-2 text-control text-bad">
      <p className="min-w-0 [overflow-wrap:anywhere]">
        {what} could not be had anew, and may have changed since: <span className="font-mono">{error.message}</span>
      </p>
      <Button onClick={retry}>Retry</Button>
    </div>
  );
}
