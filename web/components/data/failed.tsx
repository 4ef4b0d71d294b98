"use client";

import { CircleX } from "lucide-react";

import { Button } from "@/components/ui/button";
import { Copy } from "@/components/ui/copy";
import { ApiError } from "@/lib/api/error";

/** A part that could not be had: the API's words, what it is called there, and another try. */
export function Failed({ error, what, retry }: { error: Error; what: string; retry: () => void }) {
  const api = error instanceof ApiError ? error : null;
  return (
    <section role="alert" className="my-4 rounded-card border bg-surface p-6">
      <p className="flex items-center gap-2 font-medium">
        <CircleX aria-hidden className="size-4 text-bad" />
        {what} can’t be shown.
      </p>
      <p className="mt-2 border-l-2 border-bad pl-3 font-mono text-control">{error.message}</p>
      <p className="mt-2 flex flex-wrap items-center gap-x-3 text-control text-text-2">
        {api ? <span>{api.code}</span> : null}
        {api?.requestId ? (
          <span className="inline-flex items-center gap-1 font-mono text-meta">
            {api.requestId}
            <Copy text={api.requestId} what="the request id" />
          </span>
        ) : null}
        {api?.away ? <span>MailIt tries again by itself.</span> : null}
      </p>
      <Button className="mt-4" onClick={retry}>
        Retry
      </Button>
    </section>
  );
}
