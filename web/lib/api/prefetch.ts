import "server-only";

import { QueryClient } from "@tanstack/react-query";
import { cache } from "react";

/** What this request has asked of the API so far. */
export const serverQueries = cache(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
