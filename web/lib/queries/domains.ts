import { queryOptions } from "@tanstack/react-query";

import type { Api } from "@/lib/api/client";
import { given } from "@/lib/api/error";

/** The domains that mail may come from. */
export function domains(api: Api) {
  return {
    list: () =>
      queryOptions({
        queryKey: ["domains", "list"] as const,
        queryFn: ({ signal }) => given(api.GET("/domains", { params: { query: { limit: 1 } }, signal })),
      }),
  };
}
