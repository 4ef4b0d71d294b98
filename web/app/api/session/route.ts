import { cookies } from "next/headers";

import { DATA_POLICY } from "@/lib/csp";
import { begin, refused } from "@/lib/begin";
import { apiUrl } from "@/lib/env";
import { foreign } from "@/lib/guard";
import { cookieName, noSessionCookie } from "@/lib/session";

const PATIENCE = 15_000;

/** Who is signed in, and the teams that he is in: what the API says, without the token that may be in it. */
export async function GET(): Promise<Response> {
  const token = (await cookies()).get(cookieName())?.value;
  if (!token) return refused(401, "missing_api_key", "Nobody is signed in.");
  let answer: Response;
  try {
    answer = await fetch(`${apiUrl()}/auth/me`, {
      headers: { authorization: `Bearer ${token}` },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return refused(503, "service_unavailable", "MailIt's API can't be reached.");
  }
  const said = await answer.json().catch(() => null);
  const { user, team, teams } = said ?? {};
  return Response.json(answer.ok ? { user, team, teams } : said, {
    status: answer.status,
    headers: { "cache-control": "no-store", "content-security-policy": DATA_POLICY },
  });
}

/** Signs in. */
export function POST(request: Request): Promise<Response> {
  return begin(request, "/auth/login");
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
