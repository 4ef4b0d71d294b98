/** Does something once the page has come to rest, at the latest after a second: what is read and typed comes first. */
export function whenIdle(deed: () => void): () => void {
  // Safari has no idle callback.
  if (typeof window.requestIdleCallback !== "function") {
    const timer = setTimeout(deed, 200);
    return () => clearTimeout(timer);
  }
  const asked = window.requestIdleCallback(deed, { timeout: 1000 });
  return () => window.cancelIdleCallback(asked);
}
