"use client";

import { type ComponentType, memo, useRef, useState } from "react";
import { flushSync } from "react-dom";

import { useShown } from "@/components/data/shown";
import { useGo } from "@/components/shell/reach";
import { useShortcut } from "@/components/shell/shortcuts";
import { copiedAloud } from "@/components/ui/copy";
import { Link } from "@/components/ui/link";

interface Props<T> {
  items: T[];
  /** How many there are in all; null while there are more than are loaded. */
  total: number | null;
  hrefOf: (item: T) => string;
  heads: string[];
  label: string;
  /** What a row shows. */
  row: ComponentType<{ item: T }>;
}

/** A list whose row is one link. One row is the current one: keys move it, Enter opens it. */
export function Rows<T extends { id: string }>({ items, total, hrefOf, heads, label, row }: Props<T>) {
  const open = useGo();
  const [current, setCurrent] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  // By id, not by place: rows that come above must not move the one that the hand is on.
  const place = Math.max(0, items.findIndex((item) => item.id === current));
  const shown = useShown(list, items.length, place);

  const go = (step: number) => {
    // Keys may come faster than renders: the row that has the focus is asked for, not the last one drawn.
    const focused = list.current?.querySelector<HTMLElement>("[data-row]:focus")?.dataset.row ?? current;
    const from = items.findIndex((item) => item.id === focused);
    const next = items[Math.min(items.length - 1, Math.max(0, from < 0 ? 0 : from + step))];
    if (!next) return;
    // The current row is drawn wherever it is: only then can it have the focus.
    flushSync(() => setCurrent(next.id));
    list.current?.querySelector<HTMLElement>(`[data-row="${next.id}"]`)?.focus();
  };
  useShortcut("next", () => go(1));
  useShortcut("previous", () => go(-1));
  useShortcut("open", () => {
    const item = items[place];
    if (item) open(hrefOf(item));
  });
  useShortcut("copy", () => {
    const item = items[place];
    if (item) void copiedAloud(item.id, "the id");
  });

  return (
    <div className="overflow-hidden rounded-card border bg-surface">
      <div aria-hidden className="columns hidden border-b px-4 py-2 text-meta font-medium text-text-2 md:grid">
        {heads.map((head, index) => (
          <span key={head} className={HEAD[index]}>
            {head}
          </span>
        ))}
      </div>
      <ul ref={list} aria-label={label}>
        {shown.map((part) => {
          if ("gap" in part) return <Gap key={`before ${part.before}`} px={part.gap} />;
          const item = items[part.index];
          return item ? (
            <OneRow
              key={item.id}
              item={item}
              href={hrefOf(item)}
              place={part.index + 1}
              total={total}
              here={part.index === place}
              onCurrent={setCurrent}
              row={row}
            />
          ) : null;
        })}
      </ul>
    </div>
  );
}

/** State, to, subject, from, time: as the cells of a row. */
const HEAD = ["", "", "", "cell-from font-sans", "text-right"];

interface OneProps<T> {
  item: T;
  href: string;
  place: number;
  total: number | null;
  here: boolean;
  onCurrent: (id: string) => void;
  row: ComponentType<{ item: T }>;
}

/** A row is drawn anew only when what it shows has changed: lists are long, and events come often. */
const OneRow = memo(function OneRow<T extends { id: string }>({ item, href, place, total, here, onCurrent, row: Row }: OneProps<T>) {
  return (
    <li aria-posinset={place} aria-setsize={total ?? -1}>
      <Link href={href} data-row={item.id} data-here={here || undefined} onFocus={() => onCurrent(item.id)} className="columns row">
        <Row item={item} />
      </Link>
    </li>
  );
}) as <T extends { id: string }>(props: OneProps<T>) => React.ReactNode;

/** Where rows would be that are out of sight. */
function Gap({ px }: { px: number }) {
  // After mount only: what the server draws has no gap, and so no inline style.
  return <li aria-hidden style={{ height: px }} />;
}
