import { mutationOptions } from "@tanstack/react-query";

import type { Api } from "@/lib/api/client";
import { given } from "@/lib/api/error";

/** The keys by which programs call. */
export function apiKeys(api: Api) {
  return {
    create: () =>
      mutationOptions({
        mutationFn: (name: string) =>
          given(api.POST("/api-keys", { body: { name, permission: "sending_access" } })),
      }),
  };
}
