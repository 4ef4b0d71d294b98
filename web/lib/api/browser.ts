import createClient from "openapi-fetch";

import type { Api } from "@/lib/api/client";
import type { paths } from "@/lib/api/schema";

/** The API by way of this host; the session's cookie goes along, the token is added there. */
export const browserApi: Api = createClient<paths>({ baseUrl: "/api", headers: { "X-MailIt": "1" } });
