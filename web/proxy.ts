import { type NextRequest, NextResponse } from "next/server";

import { contentPolicy } from "@/lib/csp";
import { apiUrl } from "@/lib/env";
import { AWAY_HEADER, cookieName, noSessionCookie, safeNext, type Session, SESSION_HEADER, sessionCookie, written } from "@/lib/session";

const PATIENCE = 4000;

/** Pages for whoever is not signed in; the others of these are for both. */
const FOR_NOBODY = new Set(["/sign-in", "/register"]);
const FOR_ALL = new Set([...FOR_NOBODY, "/forgot", "/reset", "/invite"]);

/** Every page: who asks is verified at the API, and a nonce is made for the scripts and styles of this answer alone. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentPolicy(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (name.startsWith("x-mailit-")) headers.delete(name);
  headers.set("content-security-policy", policy);
  headers.set("x-mailit-nonce", nonce);

  const { pathname, search } = request.nextUrl;
  const token = request.cookies.get(cookieName())?.value;
  const found: Verified = token ? await verified(token) : "nobody";
  let answer: NextResponse;
  if (found === "nobody" && !FOR_ALL.has(pathname)) {
    answer = away(request, `/sign-in?next=${encodeURIComponent(safeNext(pathname + search))}`);
  } else if (typeof found === "object" && FOR_NOBODY.has(pathname)) {
    answer = away(request, safeNext(request.nextUrl.searchParams.get("next")));
  } else {
    if (typeof found === "object") headers.set(SESSION_HEADER, written(found.session));
    if (found === "away") headers.set(AWAY_HEADER, "1");
    answer = NextResponse.next({ request: { headers } });
  }
  if (found === "nobody" && token) answer.cookies.set(noSessionCookie());
  if (typeof found === "object" && found.renewed) answer.cookies.set(sessionCookie(found.renewed));
  answer.headers.set("content-security-policy", policy);
  answer.headers.set("x-content-type-options", "nosniff");
  answer.headers.set("referrer-policy", "same-origin");
  if (request.headers.get("x-forwarded-proto") === "https" || request.nextUrl.protocol === "https:") {
    answer.headers.set("strict-transport-security", "max-age=31536000");
  }
  return answer;
}

type Verified = { session: Session; renewed: string | null } | "nobody" | "unknown" | "away";

/** Who a token speaks for. Unknown where the API can't say, away where it can't be asked: a page has only that to show. */
async function verified(token: string): Promise<Verified> {
  try {
    const answer = await fetch(`${apiUrl()}/auth/me`, {
      headers: { authorization: `Bearer ${token}` },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok) {
      const { user, team, role, token: renewed } = await answer.json();
      return { session: { user, team, role }, renewed: renewed ?? null };
    }
    return answer.status >= 500 || answer.status === 429 ? "unknown" : "nobody";
  } catch {
    return "away";
  }
}

/** A redirect within this host. */
function away(request: NextRequest, path: string): NextResponse {
  return NextResponse.redirect(new URL(path, request.nextUrl));
}

export const config = { matcher: ["/((?!api/|preview/|_next/static/|icon.svg).*)"] };
