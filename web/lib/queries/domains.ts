import { mutationOptions, queryOptions } from "@tanstack/react-query";

import type { Api } from "@/lib/api/client";
import { given } from "@/lib/api/error";

export const domainKeys = { list: ["domains", "list"] as const };

/** The domains that mail may come from. */
export function domains(api: Api) {
  return {
    list: () =>
      queryOptions({
        queryKey: domainKeys.list,
        queryFn: ({ signal }) => given(api.GET("/domains", { params: { query: { limit: 1 } }, signal })),
      }),
    create: () => mutationOptions({ mutationFn: (name: string) => given(api.POST("/domains", { body: { name } })) }),
  };
}
