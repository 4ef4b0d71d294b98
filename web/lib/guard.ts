/** Why a request that changes something is not taken as one of our own pages', or null where it is. */
export function foreign(request: Request): string | null {
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  const host = request.headers.get("host");
  const ours = site === null ? origin !== null && hostOf(origin) === host : site === "same-origin";
  if (!ours) return "This request does not come from the dashboard's own pages.";
  if (request.headers.get("x-mailit") !== "1") return "The header `X-MailIt` is missing.";
  return null;
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
