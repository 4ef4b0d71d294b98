import { cookies } from "next/headers";

import { DATA_POLICY } from "@/lib/csp";
import { apiUrl } from "@/lib/env";
import { foreign } from "@/lib/guard";
import { cookieName, keepsSecure, noSessionCookie, sessionCookie } from "@/lib/session";

const PATIENCE = 15000;

/** Signs in: the API's token goes into the cookie, and never into the answer. */
export async function POST(request: Request): Promise<Response> {
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
  let answer: Response;
  try {
    answer = await fetch(`${apiUrl()}/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json", ...forwarded(request) },
      body: await request.text(),
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return refused(503, "service_unavailable", "MailIt's API can't be reached.");
  }
  const said = await answer.json().catch(() => null);
  if (!answer.ok) {
    const headers = pass(answer.headers, ["retry-after", "x-request-id"]);
    return Response.json(said, { status: answer.status, headers });
  }
  (await cookies()).set(sessionCookie(said.token));
  return Response.json({ user: said.user }, { headers: { "cache-control": "no-store", "content-security-policy": DATA_POLICY } });
}

/** Signs out: the session ends at the API, then here. */
export async function DELETE(request: Request): Promise<Response> {
  const fault = foreign(request);
  if (fault) return refused(403, "invalid_access", fault);
  const jar = await cookies();
  const token = jar.get(cookieName())?.value;
  if (token) {
    try {
      const answer = await fetch(`${apiUrl()}/auth/logout`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (!answer.ok && answer.status !== 401) throw new Error(String(answer.status));
    } catch {
      return refused(503, "service_unavailable", "MailIt's API can't be reached, so the session could not be ended.");
    }
  }
  jar.set(noSessionCookie());
  return new Response(null, { status: 204 });
}

function forwarded(request: Request): Record<string, string> {
  const agent = request.headers.get("user-agent");
  return agent ? { "user-agent": agent } : {};
}

function pass(from: Headers, names: string[]): Headers {
  const headers = new Headers({ "cache-control": "no-store" });
  for (const name of names) {
    const value = from.get(name);
    if (value) headers.set(name, value);
  }
  return headers;
}

function refused(status: number, name: string, message: string): Response {
  return Response.json({ statusCode: status, name, message }, { status, headers: { "cache-control": "no-store" } });
}
