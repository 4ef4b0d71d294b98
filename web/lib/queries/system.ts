import { queryOptions } from "@tanstack/react-query";

import type { Api, Schemas } from "@/lib/api/client";
import { given } from "@/lib/api/error";

export type System = Schemas["SystemView"];
export type OperatorHealth = Schemas["OperatorHealth"];

/** What the installation is, and whether it is well. */
export function system(api: Api) {
  return {
    facts: () =>
      queryOptions({
        queryKey: ["system", "facts"] as const,
        staleTime: 60_000,
        queryFn: ({ signal }) => given(api.GET("/system", { signal })),
      }),
    health: () =>
      queryOptions({
        queryKey: ["system", "health"] as const,
        refetchInterval: 10_000,
        staleTime: 0,
        queryFn: ({ signal }) => given(api.GET("/operator/health", { signal })),
      }),
    ready: () =>
      queryOptions({
        queryKey: ["system", "ready"] as const,
        // One look that failed says little: soon there is another, for until then the page says "API away".
        refetchInterval: ({ state }) => (state.error ? 3_000 : 30_000),
        retry: false,
        queryFn: ({ signal }) => given(api.GET("/readyz", { signal })),
      }),
  };
}
