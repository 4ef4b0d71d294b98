"use client";

import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { announce } from "@/components/shell/announce";
import { useShortcut } from "@/components/shell/shortcuts";
import { copied } from "@/components/ui/copy";
import { Link } from "@/components/ui/link";

interface Props<T> {
  items: T[];
  hrefOf: (item: T) => string;
  heads: string[];
  label: string;
  children: (item: T) => ReactNode;
}

const COLUMNS =
  "grid grid-cols-[minmax(0,1fr)_auto] md:grid-cols-[112px_minmax(0,1.2fr)_minmax(0,1.8fr)_minmax(0,1.2fr)_88px] lg:grid-cols-[200px_minmax(0,1.2fr)_minmax(0,1.8fr)_minmax(0,1.2fr)_88px] gap-x-4";

/** A list whose row is one link. One row is the current one: keys move it, Enter opens it. */
export function Rows<T extends { id: string }>({ items, hrefOf, heads, label, children }: Props<T>) {
  const router = useRouter();
  const [current, setCurrent] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  // By id, not by place: rows that come above must not move the one that the hand is on.
  const place = Math.max(0, items.findIndex((item) => item.id === current));

  const go = (step: number) => {
    // Keys may come faster than renders: the row that has the focus is asked for, not the last one drawn.
    const focused = list.current?.querySelector<HTMLElement>("[data-row]:focus")?.dataset.row ?? current;
    const from = items.findIndex((item) => item.id === focused);
    const next = items[Math.min(items.length - 1, Math.max(0, from < 0 ? 0 : from + step))];
    if (!next) return;
    setCurrent(next.id);
    list.current?.querySelector<HTMLElement>(`[data-row="${next.id}"]`)?.focus();
  };
  useShortcut("next", () => go(1));
  useShortcut("previous", () => go(-1));
  useShortcut("open", () => {
    const item = items[place];
    if (item) router.push(hrefOf(item));
  });
  useShortcut("copy", async () => {
    const item = items[place];
    if (!item) return;
    await copied(item.id);
    announce("Copied the id");
  });
  useEffect(() => {
    const first = items[0];
    if (first) router.prefetch(hrefOf(first));
    // The first row is what Enter opens: only that one is fetched ahead.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  return (
    <div className="overflow-hidden rounded-card border bg-surface">
      <div aria-hidden className={`${COLUMNS} hidden border-b px-4 py-2 text-meta font-medium text-text-2 md:grid`}>
        {heads.map((head, index) => (
          <span key={head} className={index === heads.length - 1 ? "text-right" : ""}>
            {head}
          </span>
        ))}
      </div>
      <ul ref={list} aria-label={label}>
        {items.map((item, index) => (
          <li key={item.id} className="row border-b last:border-b-0">
            <Link
              href={hrefOf(item)}
              data-row={item.id}
              onFocus={() => setCurrent(item.id)}
              className={`${COLUMNS} min-h-10 items-center gap-y-0.5 border-l-2 py-2 pl-3.5 pr-4 -outline-offset-2 hover:bg-hover md:py-0 ${
                index === place ? "border-l-accent" : "border-l-transparent"
              }`}
            >
              {children(item)}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
