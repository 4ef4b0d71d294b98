"use client";

import { type InfiniteData, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

import { browserApi } from "@/lib/api/browser";
import type { Schemas } from "@/lib/api/client";
import { whenIdle } from "@/lib/idle";
import { type LiveEvent, type LiveState, LiveStream } from "@/lib/live";
import { emailKeys, filtersOf } from "@/lib/queries/emails";
import { sandboxKeys } from "@/lib/queries/sandbox";
import { system } from "@/lib/queries/system";

type Pages = InfiniteData<Schemas["Listing_EmailItem_"], string | null>;

interface Live {
  state: LiveState;
  /** When the stream was last known to be whole. */
  since: Date | null;
  /** Mails that came after the newest that the list shows. */
  fresh: ReadonlySet<string>;
  /** Of the list that is looked at through a filter: the newest that match by now, by the list's key. */
  matching: ReadonlyMap<string, string[]>;
  seen: () => void;
}

const LiveContext = createContext<Live>({ state: "connecting", since: null, fresh: new Set(), matching: new Map(), seen: () => {} });

export const useLive = () => useContext(LiveContext);

/** Keeps the caches as the event log says; new rows wait until they are asked for. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const [since, setSince] = useState<Date | null>(null);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());

  const [matching, setMatching] = useState<ReadonlyMap<string, string[]>>(new Map());

  useEffect(() => {
    const add = (ids: Iterable<string>) => {
      setFresh((known) => {
        const all = new Set([...known, ...ids]);
        return all.size === known.size ? known : all;
      });
      void matched(queries).then(setMatching);
    };
    let first = true;
    const stream = new LiveStream(
      (lot) => void apply(queries, lot).then(add),
      (now, missed) => {
        setState(now);
        if (now === "lost") {
          setSince((was) => was ?? new Date());
          // Says whether it is the API or the session that is gone.
          void queries.invalidateQueries({ queryKey: ["system"] });
        }
        if (now !== "live") return;
        setSince(null);
        if (missed) void queries.invalidateQueries({ queryKey: system(browserApi).ready().queryKey });
        // Between what the server drew and the stream's beginning something may have happened, too.
        if (missed || first) void catchUp(queries).then(add);
        first = false;
      },
    );
    const forget = whenIdle(() => stream.start());
    return () => {
      forget();
      stream.stop();
    };
  }, [queries]);

  const live = useMemo(() => ({ state, since, fresh, matching, seen: () => setFresh(new Set()) }), [state, since, fresh, matching]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** Takes events into the caches; gives the ids of mails that no list shows yet. */
async function apply(queries: QueryClient, lot: LiveEvent[]): Promise<string[]> {
  const states = new Map<string, string>();
  for (const { emailId, type } of lot) if (emailId) states.set(emailId, type.replace("email.", ""));
  if (lot.some((one) => one.type === "email.delivered")) void queries.invalidateQueries({ queryKey: sandboxKeys.count });
  const newest = newestShown(queries);
  const many: string[] = [];
  const rows = shown(queries);
  for (const [id, last] of states) {
    void queries.invalidateQueries({ queryKey: emailKeys.one(id) });
    void queries.invalidateQueries({ queryKey: emailKeys.events(id) });
    void queries.invalidateQueries({ queryKey: emailKeys.why(id) });
    const row = rows.get(id);
    if (!row) continue;
    if (row.to.length + (row.cc?.length ?? 0) + (row.bcc?.length ?? 0) > 1) many.push(id);
    else patch(queries, new Map([[id, last]]));
  }
  // What a mail with several recipients is now, the API says: it takes all of them together.
  if (many.length > 0) await catchUp(queries);
  const unseen = [...states.keys()].filter((id) => !rows.has(id) && (newest === null || id > newest));
  if (newest === null && unseen.length > 0) {
    await fill(queries);
    return [];
  }
  return unseen;
}

/** Asks anew for the lists that show no row yet: there nothing moves under the hand. */
async function fill(queries: QueryClient): Promise<void> {
  const empty = (pages: Pages | undefined) => !pages?.pages.some((page) => page.data.length > 0);
  await queries.invalidateQueries({
    queryKey: emailKeys.lists,
    predicate: ({ queryKey }) => empty(queries.getQueryData<Pages>(queryKey)),
  });
}

/** The newest mails of each list that is looked at through a filter and has rows: what is new of them waits to be asked for. */
async function matched(queries: QueryClient): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { queryKey } of queries.getQueryCache().findAll({ queryKey: emailKeys.lists, type: "active" })) {
    const { status, recipient } = filtersOf(queryKey);
    if (status === null && recipient === null) continue;
    const query = { limit: 50, ...(status ? { status } : {}), ...(recipient ? { recipient } : {}) };
    const answer = await browserApi.GET("/emails", { params: { query } }).catch(() => null);
    if (answer?.data) found.set(JSON.stringify(queryKey), answer.data.data.map((one) => one.id));
  }
  return found;
}

/** Looks at the newest mails once: corrects the rows that are shown, and gives the ids of those that are not. */
async function catchUp(queries: QueryClient): Promise<string[]> {
  await queries.refetchQueries({ type: "active", predicate: (one) => one.state.status === "error" });
  void queries.invalidateQueries({ queryKey: sandboxKeys.count });
  void queries.invalidateQueries({ queryKey: ["emails", "one"] });
  void queries.invalidateQueries({ queryKey: ["emails", "events"] });
  void queries.invalidateQueries({ queryKey: ["emails", "why"] });
  const newest = newestShown(queries);
  if (newest === null) await fill(queries);
  const answer = await browserApi.GET("/emails", { params: { query: { limit: 50 } } }).catch(() => null);
  const found = answer?.data?.data ?? [];
  patch(queries, new Map(found.map((one) => [one.id, one.last_event])));
  return newest === null ? [] : found.map((one) => one.id).filter((id) => id > newest);
}

function lists(queries: QueryClient): Pages[] {
  return queries
    .getQueriesData<Pages>({ queryKey: emailKeys.lists })
    .flatMap(([, data]) => (data ? [data] : []));
}

function shown(queries: QueryClient): Map<string, Schemas["EmailItem"]> {
  return new Map(lists(queries).flatMap((list) => list.pages.flatMap((page) => page.data.map((row) => [row.id, row]))));
}

/** The newest mail of the list that no filter narrows. Ids are made in the order of time. */
function newestShown(queries: QueryClient): string | null {
  const all = queries.getQueryData<Pages>([...emailKeys.lists, { status: null, recipient: null }]);
  return all?.pages[0]?.data[0]?.id ?? null;
}

function patch(queries: QueryClient, states: Map<string, string>): void {
  queries.setQueriesData<Pages>({ queryKey: emailKeys.lists }, (list) => {
    if (!list) return list;
    let changed = false;
    const pages = list.pages.map((page) => ({
      ...page,
      data: page.data.map((row) => {
        const last = states.get(row.id);
        if (last === undefined || last === row.last_event) return row;
        changed = true;
        return { ...row, last_event: last };
      }),
    }));
    return changed ? { ...list, pages } : list;
  });
}
