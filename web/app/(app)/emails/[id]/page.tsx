import { dehydrate } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";

import { EmailDetail } from "@/app/(app)/emails/[id]/email-detail";
import { Hydrate } from "@/components/data/hydrate";
import { ApiError } from "@/lib/api/error";
import { serverQueries } from "@/lib/api/prefetch";
import { asker, serverApi } from "@/lib/api/server";
import { emails } from "@/lib/queries/emails";

export const metadata: Metadata = { title: "One email" };

/** One mail: where it is, and why. */
export default async function EmailPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const queries = serverQueries();
  const mails = emails(await serverApi());
  const beside = Promise.all([queries.prefetchQuery(mails.events(id)), queries.prefetchQuery(mails.why(id))]);
  try {
    await queries.fetchQuery(mails.one(id));
  } catch (error) {
    if (error instanceof ApiError && [400, 404, 422].includes(error.status)) notFound();
  }
  await beside;
  return (
    <Hydrate state={dehydrate(queries)} whose={await asker()}>
      <EmailDetail id={id} />
    </Hydrate>
  );
}
