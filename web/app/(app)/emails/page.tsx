import { dehydrate } from "@tanstack/react-query";
import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";

import { CaughtList } from "@/app/(app)/emails/caught-list";
import { EmailList } from "@/app/(app)/emails/email-list";
import { Hydrate } from "@/components/data/hydrate";
import { serverQueries } from "@/lib/api/prefetch";
import { asker, serverApi } from "@/lib/api/server";
import { publicApiUrl } from "@/lib/env";
import { domains } from "@/lib/queries/domains";
import { emails, loadEmailView } from "@/lib/queries/emails";
import { sandbox } from "@/lib/queries/sandbox";

export const metadata: Metadata = { title: "Emails" };

/** The team's mails, newest first. */
export default async function EmailsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { mode, ...filters } = await loadEmailView(searchParams);
  const queries = serverQueries();
  const api = await serverApi();
  if (mode === "caught") await queries.prefetchInfiniteQuery(sandbox(api).list());
  else {
    const { list } = emails(api);
    await queries.prefetchInfiniteQuery(list(filters));
    // Nothing yet: the page then says how to begin, and for whom.
    const none = queries.getQueryData(list(filters).queryKey)?.pages[0]?.data.length === 0;
    if (none) await queries.prefetchQuery(domains(api).list());
  }
  return (
    <Hydrate state={dehydrate(queries)} whose={await asker()}>
      {mode === "caught" ? <CaughtList /> : <EmailList apiUrl={publicApiUrl()} />}
    </Hydrate>
  );
}
