import "server-only";

/** How long a page waits for the API, in ms: one that is there answers in a few, and one that hangs must be told of. */
export const PATIENCE = 4000;

/** `fetch`, given up after that. */
export function patient(request: Request): Promise<Response> {
  return fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE)]) });
}
