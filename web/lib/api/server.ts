import "server-only";

import { cookies, headers } from "next/headers";
import createClient from "openapi-fetch";
import { cache } from "react";

import type { Api } from "@/lib/api/client";
import { patient } from "@/lib/api/patient";
import type { paths } from "@/lib/api/schema";
import { apiUrl } from "@/lib/env";
import { AWAY_HEADER, cookieName, whoseOf } from "@/lib/session";

/** The API with this request's session: the token is on the server alone. */
export const serverApi = cache(async (): Promise<Api> => {
  const token = (await cookies()).get(cookieName())?.value ?? "";
  // proxy.ts has just waited in vain: once is enough.
  const away = (await headers()).has(AWAY_HEADER);
  return createClient<paths>({
    baseUrl: apiUrl(),
    headers: { authorization: `Bearer ${token}` },
    cache: "no-store",
    fetch: away ? () => Promise.reject(new Error("away")) : patient,
  });
});

/** For whom this request asks. */
export async function asker(): Promise<string | null> {
  return whoseOf((await cookies()).get(cookieName())?.value);
}
