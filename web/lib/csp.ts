/** What a page of ours may load and do. `next dev` alone needs eval, and sockets for its reload. */
export function contentPolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' ${development ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/**
 * The policy of a mail's HTML: styles of its own and pictures it carries, or with `remote` pictures from anywhere; no
 * script, no other load, no form, an origin of its own.
 */
export function previewPolicy(remote: boolean): string {
  return (
    `sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:${remote ? " https: http:" : ""}; ` +
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
  );
}

/** The policy of what the API answers: data, and never a page. */
export const DATA_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'";
