import { type InfiniteData, infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { createLoader, parseAsString, parseAsStringLiteral } from "nuqs/server";

import type { Api, Schemas } from "@/lib/api/client";
import { ApiError, apiError, given } from "@/lib/api/error";

export type EmailItem = Schemas["EmailItem"];
export type Email = Schemas["EmailView"];
export type EmailEvent = Schemas["EventView"];
export type Why = Schemas["WhyView"];

/** What the list can be filtered by, as it stands in the URL. */
export const emailFilters = { status: parseAsString, recipient: parseAsString };
/** With `mode=caught` the page shows what the sandbox has. */
export const loadEmailView = createLoader({ ...emailFilters, mode: parseAsStringLiteral(["caught"]) });

export interface EmailFilters {
  status: string | null;
  recipient: string | null;
}

const PAGE = 50;

/** As much of a mail's source as is shown; the rest is in the download. */
const SHOWN = 256 * 1024;

export const emailKeys = {
  lists: ["emails", "list"] as const,
  one: (id: string) => ["emails", "one", id] as const,
  events: (id: string) => ["emails", "events", id] as const,
  why: (id: string) => ["emails", "why", id] as const,
  source: (id: string) => ["emails", "source", id] as const,
};

/** What a list's key says that it is narrowed by. */
export function filtersOf(key: readonly unknown[]): EmailFilters {
  const { status = null, recipient = null } = (key[2] ?? {}) as Partial<EmailFilters>;
  return { status, recipient };
}

/** The mails of the API that is given. */
export function emails(api: Api) {
  return {
    list: ({ status, recipient }: EmailFilters) =>
      infiniteQueryOptions({
        queryKey: [...emailKeys.lists, { status, recipient }] as const,
        initialPageParam: null as string | null,
        queryFn: ({ pageParam, signal }) =>
          given(
            api.GET("/emails", {
              params: {
                query: {
                  limit: PAGE,
                  ...(pageParam ? { after: pageParam } : {}),
                  ...(status ? { status } : {}),
                  ...(recipient ? { recipient } : {}),
                },
              },
              signal,
            }),
          ),
        getNextPageParam: (page) => (page.has_more ? (page.data.at(-1)?.id ?? null) : null),
      }),
    one: (id: string) =>
      queryOptions({
        queryKey: emailKeys.one(id),
        queryFn: ({ signal }) => given(api.GET("/emails/{email_id}", { params: { path: { email_id: id } }, signal })),
      }),
    events: (id: string) =>
      queryOptions({
        queryKey: emailKeys.events(id),
        queryFn: ({ signal }) =>
          given(api.GET("/emails/{email_id}/events", { params: { path: { email_id: id } }, signal })),
      }),
    why: (id: string) =>
      queryOptions({
        queryKey: emailKeys.why(id),
        queryFn: ({ signal }) => given(api.GET("/emails/{email_id}/why", { params: { path: { email_id: id } }, signal })),
      }),
    source: (id: string) =>
      queryOptions({
        queryKey: emailKeys.source(id),
        staleTime: Number.POSITIVE_INFINITY,
        queryFn: ({ signal }) => source(api, id, signal),
      }),
  };
}

export interface Source {
  text: string;
  /** Whether there is more than is shown. */
  cut: boolean;
}

async function source(api: Api, id: string, signal: AbortSignal): Promise<Source> {
  const asked = api.GET("/emails/{email_id}/raw", {
    params: { path: { email_id: id } },
    parseAs: "stream",
    signal,
  });
  const answer = await asked.catch(() => {
    throw new ApiError(0, "unreachable", "MailIt can't be reached.", null, null);
  });
  if (!answer.response.ok || !answer.data) throw await apiError(answer.response, answer.error);
  const reader = answer.data.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), cut: false };
    text += decoder.decode(value, { stream: true });
    if (text.length >= SHOWN) {
      void reader.cancel();
      return { text: text.slice(0, SHOWN), cut: true };
    }
  }
}

type Pages = InfiniteData<Schemas["Listing_EmailItem_"], string | null>;

/** The mail before or after one in the list that was looked at last; null at its ends, and where there was none. */
export function neighbour(queries: QueryClient, id: string, step: 1 | -1): string | null {
  const lists = queries.getQueryCache().findAll({ queryKey: emailKeys.lists });
  lists.sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt);
  for (const list of lists) {
    const ids = queries.getQueryData<Pages>(list.queryKey)?.pages.flatMap((page) => page.data.map((one) => one.id)) ?? [];
    const place = ids.indexOf(id);
    if (place >= 0) return ids[place + step] ?? null;
  }
  return null;
}
