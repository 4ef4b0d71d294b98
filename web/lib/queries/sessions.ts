import { mutationOptions, queryOptions } from "@tanstack/react-query";

import { browserApi } from "@/lib/api/browser";
import type { Schemas } from "@/lib/api/client";
import { ApiError, apiError, given } from "@/lib/api/error";

/** Who is signed in, and the teams that he is in. */
export type Me = Pick<Schemas["MeView"], "user" | "team" | "teams">;

/** The session, by the dashboard's own way: the API's answers carry a token. */
export function sessions() {
  return {
    me: () => queryOptions({ queryKey: ["sessions", "me"] as const, queryFn: () => own<Me>("GET", "/api/session") }),
    turn: () =>
      mutationOptions({ mutationFn: (team_id: string) => own<unknown>("POST", "/api/session/team", { team_id }) }),
    make: () => mutationOptions({ mutationFn: (name: string) => given(browserApi.POST("/teams", { body: { name } })) }),
  };
}

async function own<T>(method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: { "X-MailIt": "1", ...(body ? { "content-type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  }).catch(() => {
    throw new ApiError(0, "unreachable", "MailIt can't be reached.", null, null);
  });
  if (!answer.ok) throw await apiError(answer);
  return answer.json();
}
