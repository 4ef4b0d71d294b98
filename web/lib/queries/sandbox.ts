import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import type { Api, Schemas } from "@/lib/api/client";
import { given } from "@/lib/api/error";
import { number } from "@/lib/format";

export type Caught = Schemas["CaughtItem"];

const PAGE = 50;

/** As far as the API counts. */
const MOST = 10_000;

/** How many were caught, in words. */
export function caughtWords(n: number): string {
  return `${number(n)}${n === MOST ? "+" : ""}`;
}

export const sandboxKeys = { count: ["sandbox", "count"] as const };

/** What the sandbox caught in place of sending it. */
export function sandbox(api: Api) {
  return {
    count: () =>
      queryOptions({
        queryKey: sandboxKeys.count,
        queryFn: ({ signal }) => given(api.GET("/sandbox", { signal })),
      }),
    list: () =>
      infiniteQueryOptions({
        queryKey: ["sandbox", "list"] as const,
        initialPageParam: null as string | null,
        queryFn: ({ pageParam, signal }) =>
          given(
            api.GET("/sandbox/emails", {
              params: { query: { limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } },
              signal,
            }),
          ),
        getNextPageParam: (page) => (page.has_more ? (page.data.at(-1)?.id ?? null) : null),
      }),
  };
}
