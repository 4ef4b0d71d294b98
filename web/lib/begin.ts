import "server-only";

import { cookies } from "next/headers";

import { DATA_POLICY } from "@/lib/csp";
import { apiUrl } from "@/lib/env";
import { forwarded } from "@/lib/forwarded";
import { foreign } from "@/lib/guard";
import { cookieName, keepsSecure, sessionCookie } from "@/lib/session";

const PATIENCE = 15_000;

/** The API's ways to begin a session, or to turn it to another team. */
type Way = "/auth/login" | "/auth/register" | "/auth/accept-invite" | "/auth/team";

/** Begins a session by what a page sent: the API's token goes into the cookie, and never into the answer. */
export async function begin(request: Request, way: Way): Promise<Response> {
  const fault = foreign(request);
  if (fault) return refused(403, "invalid_access", fault);
  const url = new URL(request.url);
  if (!keepsSecure(request.headers.get("host") ?? "", request.headers.get("x-forwarded-proto"), url.protocol)) {
    return refused(
      400,
      "insecure_host",
      "Over plain HTTP a browser keeps no secure session. Use HTTPS, open this page as localhost, or start the dashboard with WEB_INSECURE_COOKIES=1.",
    );
  }
  const jar = await cookies();
  let answer: Response;
  try {
    answer = await fetch(apiUrl() + way, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": request.headers.get("user-agent") ?? "dashboard",
        ...forwarded(request.headers),
        ...(way === "/auth/team" ? { authorization: `Bearer ${jar.get(cookieName())?.value ?? ""}` } : {}),
      },
      body: await request.text(),
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return refused(503, "service_unavailable", "MailIt's API can't be reached.");
  }
  const said = await answer.json().catch(() => null);
  if (!answer.ok) {
    const headers = new Headers({ "cache-control": "no-store" });
    for (const name of ["retry-after", "x-request-id"]) {
      const value = answer.headers.get(name);
      if (value) headers.set(name, value);
    }
    return Response.json(said, { status: answer.status, headers });
  }
  jar.set(sessionCookie(said.token));
  return Response.json({ user: said.user }, { headers: { "cache-control": "no-store", "content-security-policy": DATA_POLICY } });
}

/** A refusal in the API's own form. */
export function refused(status: number, name: string, message: string): Response {
  return Response.json({ statusCode: status, name, message }, { status, headers: { "cache-control": "no-store" } });
}
