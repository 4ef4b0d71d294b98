import { given } from "@/lib/api/error";
import { serverApi } from "@/lib/api/server";
import { PREVIEW_POLICY } from "@/lib/csp";

/** A mail's HTML as a document of its own, which can run nothing and load nothing. */
export async function GET(_request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  const { id } = await params;
  const api = await serverApi();
  try {
    const email = await given(api.GET("/emails/{email_id}", { params: { path: { email_id: id } } }));
    return page(200, defused(email.html ?? ""));
  } catch {
    return page(404, "<p>This mail can't be shown.</p>");
  }
}

/**
 * What opens a connection although the policy forbids the load: Chromium greets the host of a `<link rel=preconnect>`
 * and of a frame before it asks the policy. Under another name they are nothing.
 */
function defused(html: string): string {
  return html.replace(/<(link|iframe|frame|fencedframe|object|embed)(?=[\s/>])/gi, "<x-$1");
}

function page(status: number, html: string): Response {
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": PREVIEW_POLICY,
      "x-content-type-options": "nosniff",
      "x-dns-prefetch-control": "off",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  });
}
