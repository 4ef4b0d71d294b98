import { cookies } from "next/headers";

import { DATA_POLICY } from "@/lib/csp";
import { apiUrl } from "@/lib/env";
import { foreign } from "@/lib/guard";
import { OTHER_SESSION, WHOSE_HEADER } from "@/lib/api/whose";
import { cookieName, whoseOf } from "@/lib/session";

export const dynamic = "force-dynamic";

/** Answers of these would carry a token; app/api/session strips it. */
const REFUSED = new Set(["POST auth/login", "POST auth/register", "GET auth/me", "POST auth/accept-invite", "POST auth/team"]);
/** What somebody without a session may ask. */
const FOR_ALL = new Set(["POST auth/forgot", "POST auth/reset"]);
const SENT = ["accept", "content-type", "idempotency-key", "x-batch-validation", "last-event-id", "user-agent", "x-forwarded-for"];
const GIVEN = ["content-type", "retry-after", "x-request-id", "ratelimit-limit", "ratelimit-policy", "ratelimit-remaining", "ratelimit-reset"];

/** How long an answer is waited for, in ms; what it brings may take longer. What changes something is given more time. */
const PATIENCE = { read: 10_000, write: 60_000 };

/** The one way from a page to the API: the token is added here, and nothing of the browser's cookies goes on. */
async function through(request: Request): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    const fault = foreign(request);
    if (fault) return said(403, "invalid_access", fault);
  }
  const path = apiPath(request.url);
  if (path === null) return said(404, "not_found", "There is no such path.");
  if (REFUSED.has(`${request.method} ${path.toLowerCase()}`)) return said(403, "invalid_access", "The dashboard has its own way to do this.");
  const token = (await cookies()).get(cookieName())?.value;
  if (!token && !FOR_ALL.has(`${request.method} ${path}`)) return said(401, "missing_api_key", "Nobody is signed in.");

  const { search, searchParams } = new URL(request.url);
  const asked = search.replace(/(?<=[?&])whose=[^&]*&?/, "");
  // An EventSource sends no header of ours.
  const whose = request.headers.get(WHOSE_HEADER) ?? searchParams.get("whose");
  if (whose && whose !== whoseOf(token)) {
    return said(409, OTHER_SESSION, "In another tab this browser turned to another team or account.");
  }

  const headers = chosen(request.headers, SENT);
  if (token) headers.set("authorization", `Bearer ${token}`);
  headers.set("accept-encoding", "identity");
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), request.method === "GET" ? PATIENCE.read : PATIENCE.write);
  let answer: Response;
  try {
    answer = await fetch(`${apiUrl()}/${path}${asked}`, {
      method: request.method,
      headers,
      body: request.body,
      signal: AbortSignal.any([request.signal, late.signal]),
      cache: "no-store",
      redirect: "manual",
      ...(request.body ? { duplex: "half" } : {}),
    });
  } catch {
    const what = late.signal.aborted ? "does not answer" : "can't be reached";
    return said(503, "service_unavailable", `MailIt's API ${what}.`);
  } finally {
    clearTimeout(timer);
  }
  const back = chosen(answer.headers, GIVEN);
  back.set("cache-control", "no-store, no-transform");
  back.set("x-content-type-options", "nosniff");
  back.set("content-security-policy", DATA_POLICY);
  const type = back.get("content-type") ?? "";
  // Chromium would open message/rfc822 as a page, and text/html is one: such are for keeping, not for showing.
  if (!/^(application\/json|text\/event-stream)\b/.test(type)) back.set("content-disposition", "attachment");
  return new Response(answer.body, { status: answer.status, headers: back });
}

/** The path at the API, decoded once; null where it would lead out of it. */
function apiPath(url: string): string | null {
  const raw = new URL(url).pathname.replace(/^\/api\//, "");
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return null;
  }
  // What is still encoded after one decoding, or would be read as a way up, is no path of ours.
  if (/[\\%?#\x00-\x20\x7f]/.test(path) || path.split("/").some((one) => one === "" || one === "." || one === "..")) return null;
  return path;
}

function chosen(from: Headers, names: string[]): Headers {
  const headers = new Headers();
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

function said(status: number, name: string, message: string): Response {
  return Response.json({ statusCode: status, name, message }, { status, headers: { "cache-control": "no-store" } });
}

export { through as DELETE, through as GET, through as PATCH, through as POST, through as PUT };
