import "server-only";

import { headers } from "next/headers";
import createClient from "openapi-fetch";

import type { Api, Schemas } from "@/lib/api/client";
import { patient } from "@/lib/api/patient";
import type { paths } from "@/lib/api/schema";
import { ApiError, given } from "@/lib/api/error";
import { apiUrl } from "@/lib/env";
import { forwarded } from "@/lib/forwarded";

/** The API for whoever is there, without a session. */
async function api(): Promise<Api> {
  const sent = { "user-agent": "dashboard", ...forwarded(await headers()) };
  return createClient<paths>({ baseUrl: apiUrl(), headers: sent, cache: "no-store", fetch: patient });
}

/** Whether one may register; null where the API could not be asked. */
export async function registration(): Promise<Schemas["RegistrationView"] | null> {
  return given((await api()).GET("/auth/register")).catch(() => null);
}

/** What a link invites to, or why it does not. */
export async function invitation(token: string): Promise<Schemas["InvitationShown"] | ApiError> {
  return given((await api()).POST("/auth/invitation", { body: { token } })).catch((error: unknown) => {
    if (error instanceof ApiError) return error;
    throw error;
  });
}
