/** A file that a mail carries and shows within itself: by its Content-ID. */
export interface Inline {
  cid: string;
  type: string;
  bytes: Buffer;
}

/**
 * What opens a connection although the policy forbids the load: Chromium greets the host of a `<link rel=preconnect>`
 * and of a frame before it asks the policy. Under another name they are nothing.
 */
export function defused(html: string): string {
  return html.replace(/<(link|iframe|frame|fencedframe|object|embed)(?=[\s/>])/gi, "<x-$1");
}

/** The same mail with the pictures that it carries in it: `cid:` means nothing to a browser (RFC 2392). */
export function withPictures(html: string, pictures: Inline[]): string {
  const known = new Map(pictures.map((one) => [one.cid, `data:${one.type};base64,${one.bytes.toString("base64")}`]));
  return html.replace(/\bcid:([^"'\s()<>]+)/gi, (whole, cid: string) => known.get(decoded(cid)) ?? whole);
}

/** The Content-IDs that a mail's HTML asks for. */
export function wanted(html: string): Set<string> {
  return new Set([...html.matchAll(/\bcid:([^"'\s()<>]+)/gi)].map(([, cid = ""]) => decoded(cid)));
}

/** Whether a mail's HTML asks for a picture from elsewhere. */
export function asksElsewhere(html: string): boolean {
  return /<(?:img|image|source|video|input|body|table|td|th)\b[^>]*\s(?:src|srcset|href|poster|background)\s*=\s*["']?\s*(?:https?:)?\/\//i.test(html) ||
    /url\(\s*["']?\s*(?:https?:)?\/\//i.test(html);
}

/** What an `<img>` may be: no other type becomes a picture, whatever the mail calls it. */
export function isPicture(type: string): boolean {
  return /^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml)$/i.test(type);
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}
