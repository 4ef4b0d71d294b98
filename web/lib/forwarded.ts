/** Whose request it is, for the API: by his address it limits sign-ins, and his sessions tell it. Nobody but proxies that
 * the API trusts (`server.trusted_proxies`) is believed there. */
export function forwarded(from: Headers): Record<string, string> {
  const hops = from.get("x-forwarded-for");
  return hops ? { "x-forwarded-for": hops } : {};
}
