import { dehydrate, HydrationBoundary } from "@tanstack/react-query";
import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";

import { EmailList } from "@/app/(app)/emails/email-list";
import { serverQueries } from "@/lib/api/prefetch";
import { serverApi } from "@/lib/api/server";
import { publicApiUrl } from "@/lib/env";
import { emails, loadEmailFilters } from "@/lib/queries/emails";

export const metadata: Metadata = { title: "Emails" };

/** The team's mails, newest first. */
export default async function EmailsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const filters = await loadEmailFilters(searchParams);
  const queries = serverQueries();
  await queries.prefetchInfiniteQuery(emails(await serverApi()).list(filters));
  return (
    <HydrationBoundary state={dehydrate(queries)}>
      <EmailList apiUrl={publicApiUrl()} />
    </HydrationBoundary>
  );
}
