import createClient from "openapi-fetch";

import type { Api } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";
import { whose, WHOSE_HEADER } from "@/lib/api/whose";

/** The API by way of this host; the session's cookie goes along, the token is added there. */
export const browserApi: Api = createClient<paths>({ baseUrl: "/api", headers: { "X-MailIt": "1" } });

// Tabs share the cookie: each request says whose page it is for, and is refused where the session is another's by now.
browserApi.use({
  onRequest: ({ request }) => {
    const mine = whose();
    if (mine) request.headers.set(WHOSE_HEADER, mine);
  },
});
