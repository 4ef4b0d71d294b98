import { insecureCookies } from "./env";

/** Who is signed in, as `/auth/me` said; null where the API could not be asked. */
export interface Session {
  user: { id: string; email: string; name: string; operator: boolean };
  team: { id: string; name: string };
  role: string;
}

/** The request header by which proxy.ts tells the pages who is there. Whatever comes from outside is deleted. */
export const SESSION_HEADER = "x-mailit-session";

/** The one by which it tells them that the API could not be asked. */
export const AWAY_HEADER = "x-mailit-away";

const LIFE = 24 * 60 * 60;

/** The cookie's name: `__Host-` holds it to this very host, Secure and the whole path. */
export function cookieName(): string {
  return insecureCookies() ? "mailit" : "__Host-mailit";
}

/** The cookie that carries a token: never readable by a script, never sent from another site's form. */
export function sessionCookie(token: string) {
  return {
    name: cookieName(),
    value: token,
    httpOnly: true,
    sameSite: "lax" as const,
    path: "/",
    secure: !insecureCookies(),
    maxAge: LIFE,
  };
}

/** The same, gone. */
export function noSessionCookie() {
  return { ...sessionCookie(""), maxAge: 0 };
}

/** Whether a browser keeps a Secure cookie from here: HTTPS, or this very machine. */
export function keepsSecure(host: string, forwardedProto: string | null, protocol: string): boolean {
  if (insecureCookies()) return true;
  const name = host.replace(/:\d+$/, "");
  if (["localhost", "127.0.0.1", "[::1]"].includes(name) || name.endsWith(".localhost")) return true;
  return (forwardedProto?.split(",")[0]?.trim() ?? protocol.replace(":", "")) === "https";
}

/** A session as a header's value. Names may have any character, headers may not. */
export function written(session: Session): string {
  return Buffer.from(JSON.stringify(session)).toString("base64url");
}

/** The way back. */
export function read(value: string | null): Session | null {
  return value ? (JSON.parse(Buffer.from(value, "base64url").toString()) as Session) : null;
}

/** The account and the team that a token speaks for, as it says itself; null where it can't be read. The API verifies it. */
export function whoseOf(token: string | undefined): string | null {
  try {
    const { sub, tid } = JSON.parse(Buffer.from(token?.split(".")[1] ?? "", "base64url").toString());
    return typeof sub === "string" ? `${sub}.${typeof tid === "string" ? tid : ""}` : null;
  } catch {
    return null;
  }
}

/** A path of this dashboard to go on to, or the first page: one leading slash, so that it names no other host. */
export function safeNext(next: string | null | undefined): string {
  return next && /^\/(?![/\\])[^\\\x00-\x1f]*$/.test(next) && !next.startsWith("/sign-in") ? next : "/emails";
}
