/** A header field, unfolded. */
export interface Header {
  name: string;
  value: string;
}

/** The head of a message (RFC 5322 §2.2), in its order; folds are undone, nothing else is. */
export function headersOf(source: string): Header[] {
  const head = /^([\s\S]*?)\r?\n\r?\n/.exec(source)?.[1] ?? source;
  const headers: Header[] = [];
  for (const line of head.split(/\r?\n/)) {
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last) last.value += line;
    else {
      const colon = line.indexOf(":");
      if (colon > 0) headers.push({ name: line.slice(0, colon), value: line.slice(colon + 1).trim() });
    }
  }
  return headers;
}
