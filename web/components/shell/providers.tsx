"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { ApiError } from "@/lib/api/error";

/** One cache a tab. */
export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(
    () =>
      new QueryClient({
        queryCache: new QueryCache({ onError: signInAgain }),
        mutationCache: new MutationCache({ onError: signInAgain }),
        defaultOptions: {
          queries: {
            staleTime: 15_000,
            refetchOnWindowFocus: false,
            // Reads that came too fast are tried once more, when the API said; nothing else is tried by itself.
            retry: (tries, error) => tries < 1 && error instanceof ApiError && error.status === 429,
            retryDelay: (_, error) => 1000 * ((error instanceof ApiError ? error.retryAfter : null) ?? 1),
            networkMode: "always",
          },
          mutations: { networkMode: "always" },
        },
      }),
  );
  return <QueryClientProvider client={queries}>{children}</QueryClientProvider>;
}

/** A session that is over: back to where one begins, and from there to this very view. */
function signInAgain(error: Error): void {
  // The API calls a token that it can't read a bad key.
  if (!(error instanceof ApiError) || !(error.status === 401 || error.code === "invalid_api_key")) return;
  const here = window.location.pathname + window.location.search;
  window.location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}
