import "server-only";

import { cookies } from "next/headers";
import createClient from "openapi-fetch";
import { cache } from "react";

import type { Api } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { apiUrl } from "@/lib/env";
import { cookieName, whoseOf } from "@/lib/session";

/** The API with this request's session: the token is on the server alone. */
export const serverApi = cache(async (): Promise<Api> => {
  const token = (await cookies()).get(cookieName())?.value ?? "";
  return createClient<paths>({ baseUrl: apiUrl(), headers: { authorization: `Bearer ${token}` }, cache: "no-store" });
});

/** For whom this request asks. */
export async function asker(): Promise<string | null> {
  return whoseOf((await cookies()).get(cookieName())?.value);
}
