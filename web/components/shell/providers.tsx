"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { TurnedContext } from "@/components/shell/turned";
import { ApiError } from "@/lib/api/error";
import { OTHER_SESSION } from "@/lib/api/whose";

/** One cache a tab. */
export function Providers({ children }: { children: ReactNode }) {
  const [turned, setTurned] = useState(false);
  const [queries] = useState(() => {
    const failed = (error: Error) => {
      signInAgain(error);
      if (error instanceof ApiError && error.code === OTHER_SESSION) setTurned(true);
    };
    return new QueryClient({
      // Turned back to this one in the other tab, all goes on.
      queryCache: new QueryCache({ onError: failed, onSuccess: () => setTurned(false) }),
      mutationCache: new MutationCache({ onError: failed }),
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
    });
  });
  return (
    <TurnedContext value={turned}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TurnedContext>
  );
}

/** A session that is over: back to where one begins, and from there to this very view. */
function signInAgain(error: Error): void {
  // The API calls a token that it can't read a bad key.
  if (!(error instanceof ApiError) || !(error.status === 401 || error.code === "invalid_api_key")) return;
  const here = window.location.pathname + window.location.search;
  window.location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
}
