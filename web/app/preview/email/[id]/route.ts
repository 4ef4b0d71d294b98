import type { Api } from "@/lib/api/client";
import { ApiError, given } from "@/lib/api/error";
import { serverApi } from "@/lib/api/server";
import { previewPolicy } from "@/lib/csp";
import { apiUrl } from "@/lib/env";
import { defused, type Inline, isPicture, wanted, withPictures } from "@/lib/preview";

/** Bytes of all pictures of one mail together, and of one: more is not put into a page. */
const MOST = 20_000_000;

/**
 * A mail's HTML as a document of its own, which can run nothing and load nothing; with `?images=remote`, which is asked
 * for a mail at a time, pictures from elsewhere. What is shown is as it was sent to us, before links and pixels are
 * woven into it: looking at it counts nothing.
 */
export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params;
  const remote = new URL(request.url).searchParams.get("images") === "remote";
  const api = await serverApi();
  try {
    const email = await asked(() => given(api.GET("/emails/{email_id}", { params: { path: { email_id: id } } })));
    const html = email.html ?? "";
    return page(200, defused(withPictures(html, await pictures(api, id, wanted(html)))), remote);
  } catch (error) {
    const never = error instanceof ApiError && error.status >= 400 && error.status < 429;
    return page(never ? 404 : 503, `<p>This mail can't be shown${never ? "" : " just now"}.</p>`, false);
  }
}

/** What was asked too fast is asked again when the API says: the frame has no way to try anew by itself. */
async function asked<T>(ask: () => Promise<T>, tries = 3): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 429 || tries <= 1) throw error;
    await new Promise((done) => setTimeout(done, 1000 * Math.min(error.retryAfter ?? 1, 5)));
    return asked(ask, tries - 1);
  }
}

/** The pictures among these that the mail carries. One that can't be had is left out: the rest is shown. */
async function pictures(api: Api, id: string, cids: Set<string>): Promise<Inline[]> {
  if (cids.size === 0) return [];
  const files = await given(api.GET("/emails/{email_id}/attachments", { params: { path: { email_id: id } } })).catch(() => null);
  const found: Inline[] = [];
  let left = MOST;
  for (const file of files?.data ?? []) {
    const cid = file.content_id?.replace(/^<|>$/g, "") ?? "";
    if (!cids.has(cid) || !isPicture(file.content_type) || file.size > left) continue;
    const { pathname, search } = new URL(file.download_url);
    const answer = await fetch(apiUrl() + pathname + search, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) continue;
    const bytes = Buffer.from(await answer.arrayBuffer());
    left -= bytes.length;
    found.push({ cid, type: file.content_type, bytes });
  }
  return found;
}

function page(status: number, html: string, remote: boolean): Response {
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": previewPolicy(remote),
      "x-content-type-options": "nosniff",
      "x-dns-prefetch-control": "off",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}
