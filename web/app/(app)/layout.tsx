import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import { cookies, headers } from "next/headers";
import type { ReactNode } from "react";

import { Providers } from "@/components/shell/providers";
import { Shell } from "@/components/shell/shell";
import { serverQueries } from "@/lib/api/prefetch";
import { asker, serverApi } from "@/lib/api/server";
import { insecureCookies } from "@/lib/env";
import { sandbox } from "@/lib/queries/sandbox";
import { system } from "@/lib/queries/system";
import { read, SESSION_HEADER } from "@/lib/session";
import { themeOf } from "@/lib/theme";

/** The shell around every page. */
export default async function AppLayout({ children }: { children: ReactNode }) {
  const session = read((await headers()).get(SESSION_HEADER));
  const jar = await cookies();
  const queries = serverQueries();
  const api = await serverApi();
  await Promise.all([queries.prefetchQuery(system(api).facts()), queries.prefetchQuery(sandbox(api).count())]);
  return (
    <Providers>
      <HydrationBoundary state={dehydrate(queries)}>
        <Shell
          session={session}
          whose={await asker()}
          theme={themeOf(jar.get("theme")?.value)}
          folded={jar.get("sidebar")?.value === "folded"}
          insecure={insecureCookies()}
        >
          {children}
        </Shell>
      </HydrationBoundary>
    </Providers>
  );
}
