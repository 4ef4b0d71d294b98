"use client";

import { useEffect, useRef } from "react";

import { Button } from "@/components/ui/button";

interface Props {
  wanted: boolean;
  busy: boolean;
  error: Error | null;
  fetchMore: () => void;
  end: string | null;
}

/** The end of a list: the next page comes as one nears it, or by the button. */
export function More({ wanted, busy, error, fetchMore, end }: Props) {
  const foot = useRef<HTMLDivElement>(null);
  const latest = useRef(fetchMore);
  useEffect(() => {
    latest.current = fetchMore;
  });
  const waiting = wanted && !busy && !error;
  useEffect(() => {
    if (!waiting || !foot.current) return;
    const watch = new IntersectionObserver(
      ([seen]) => {
        // Not before the reader has scrolled: a page that is short must not empty the whole list into itself.
        if (seen?.isIntersecting && window.scrollY > 0) latest.current();
      },
      { rootMargin: "400px" },
    );
    watch.observe(foot.current);
    return () => watch.disconnect();
  }, [waiting]);
  return (
    <div ref={foot} className="py-6 text-center text-control text-text-2">
      {error ? <p className="mb-2 text-bad">{error.message}</p> : null}
      {wanted ? (
        <Button onClick={fetchMore} disabled={busy}>
          {busy ? "Loading…" : "Load more"}
        </Button>
      ) : (
        end
      )}
    </div>
  );
}
