"use client";

import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { useShortcut } from "@/components/shell/shortcuts";
import type { EmailFilters } from "@/lib/queries/emails";
import { EMAIL } from "@/lib/status";

interface Props {
  filters: EmailFilters;
  choose: (filters: Partial<EmailFilters> | null) => void;
}

const PAUSE = 100;

/** What narrows the list. It stands in the URL, so that reload, back and a shared link give the same. */
export function EmailFilterBar({ filters, choose }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filters.recipient ?? "");
  const asked = useRef(filters.recipient);
  // What was typed before the page came alive.
  useEffect(() => {
    if (field.current?.value) setTyped(field.current.value);
  }, []);
  useShortcut("filter", () => field.current?.focus());

  // Back, forward and "Clear filters" change the URL under the field.
  useEffect(() => {
    if (filters.recipient === asked.current) return;
    asked.current = filters.recipient;
    setTyped(filters.recipient ?? "");
  }, [filters.recipient]);

  useEffect(() => {
    const wanted = typed.trim() || null;
    if (wanted === asked.current) return;
    const timer = setTimeout(() => {
      asked.current = wanted;
      choose({ recipient: wanted });
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed, choose]);

  const some = filters.status !== null || filters.recipient !== null;
  return (
    <search className="sticky top-12 z-[5] -mx-4 flex flex-wrap items-center gap-2 bg-bg px-4 py-3 sm:-mx-6 sm:px-6">
      <label className="relative min-w-0 flex-1 sm:max-w-80">
        <span className="sr-only">Recipient</span>
        <input
          ref={field}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
          placeholder="Recipient’s address"
          spellCheck={false}
          autoComplete="off"
          className="h-8 w-full rounded-control border border-edge bg-surface px-3 pr-8 text-control pointer-coarse:h-11"
        />
        <kbd aria-hidden className="pointer-events-none absolute right-2.5 top-1/2 hidden -translate-y-1/2 font-mono text-meta text-text-3 sm:block">
          /
        </kbd>
      </label>
      <label>
        <span className="sr-only">Status</span>
        <select
          value={filters.status ?? ""}
          onChange={(event) => choose({ status: event.target.value || null })}
          className="h-8 rounded-control border border-edge bg-surface px-2 text-control pointer-coarse:h-11"
        >
          <option value="">Any status</option>
          {Object.entries(EMAIL)
            .filter(([state]) => state !== "received")
            .map(([state, { word }]) => (
              <option key={state} value={state}>
                {word}
              </option>
            ))}
        </select>
      </label>
      {some ? (
        <button
          type="button"
          onClick={() => choose(null)}
          className="inline-flex h-8 items-center gap-1 rounded-control px-2 text-control text-text-2 hover:bg-hover hover:text-text pointer-coarse:h-11"
        >
          <X aria-hidden className="size-3.5" />
          Clear
        </button>
      ) : null}
    </search>
  );
}
