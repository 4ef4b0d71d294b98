/** The hops of a request with the connection's own added at the end: what stands before it the client may have made up. */
export function hops(earlier, address) {
  return [earlier, address].flat().filter(Boolean).join(", ");
}
