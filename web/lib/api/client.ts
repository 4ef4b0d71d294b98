import type { Client } from "openapi-fetch";

import type { components, paths } from "./schema";

/** The API as a query module sees it, from the server or from the browser. */
export type Api = Client<paths>;

/** The API's own records. */
export type Schemas = components["schemas"];
