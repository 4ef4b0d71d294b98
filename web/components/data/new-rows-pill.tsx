"use client";

import { ArrowUp } from "lucide-react";

import { number } from "@/lib/format";

/** New rows are told of, and shown when asked for: nothing moves under the hand. */
export function NewRowsPill({ count, show }: { count: number; show: () => void }) {
  return (
    <div role="status" className="sticky top-28 z-10 flex h-0 justify-center short:top-4">
      {count > 0 ? (
        <button
          type="button"
          onClick={show}
          className="-mt-2 inline-flex h-8 items-center gap-1.5 rounded-full border border-accent bg-raised px-4 text-control font-medium text-accent shadow-float hover:bg-hover pointer-coarse:h-11"
        >
          {number(count)} new
          <ArrowUp aria-hidden className="size-3.5" />
          <kbd aria-hidden className="font-mono text-meta text-text-3 pointer-coarse:hidden">
            n
          </kbd>
        </button>
      ) : null}
    </div>
  );
}
