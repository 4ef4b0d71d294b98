"use client";

import { X } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";

import { useShortcut } from "@/components/shell/shortcuts";
import type { EmailFilters } from "@/lib/queries/emails";
import { EMAIL } from "@/lib/status";

interface Props {
  filters: EmailFilters;
  /** `more`: it goes on from the choice before, and has no step of its own on the way back. */
  choose: (filters: Partial<EmailFilters> | null, more?: boolean) => void;
}

const PAUSE = 100;

/** What narrows the list. It stands in the URL, so that reload, back and a shared link give the same. */
export function EmailFilterBar({ filters, choose }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filters.recipient ?? "");
  const asked = useRef(filters.recipient);
  const typing = useRef(false);
  useShortcut("filter", () => field.current?.focus());

  const ask = useCallback(
    (text: string) => {
      const wanted = text.trim() || null;
      if (wanted === asked.current) return;
      asked.current = wanted;
      choose({ recipient: wanted }, typing.current);
      typing.current = true;
    },
    [choose],
  );
  // What was typed before the page came alive is asked for at once: its pause is over.
  useEffect(() => {
    if (!field.current?.value) return;
    setTyped(field.current.value);
    ask(field.current.value);
    // Once, as the page comes alive.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  // Back, forward and "Clear filters" change the URL under the field.
  useEffect(() => {
    if (filters.recipient === asked.current) return;
    asked.current = filters.recipient;
    setTyped(filters.recipient ?? "");
  }, [filters.recipient]);

  useEffect(() => {
    const timer = setTimeout(() => ask(typed), PAUSE);
    return () => clearTimeout(timer);
  }, [typed, ask]);

  const some = filters.status !== null || filters.recipient !== null;
  return (
    <search className="sticky top-12 z-[5] -mx-4 flex flex-wrap items-center gap-2 bg-bg px-4 py-3 short:static sm:-mx-6 sm:px-6">
      <label className="relative min-w-0 flex-1 sm:max-w-80">
        <span className="sr-only">Recipient</span>
        <input
          ref={field}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => {
            typing.current = false;
          }}
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
