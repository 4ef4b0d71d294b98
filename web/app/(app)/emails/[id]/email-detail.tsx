"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";

import { EmailContent } from "@/app/(app)/emails/[id]/email-content";
import { EmailHead } from "@/app/(app)/emails/[id]/email-head";
import NoSuchEmail from "@/app/(app)/emails/[id]/not-found";
import { Recipients } from "@/app/(app)/emails/[id]/recipients";
import { Failed } from "@/components/data/failed";
import { RowsSkeleton } from "@/components/data/rows-skeleton";
import { Stale } from "@/components/data/stale";
import { WhyPanel } from "@/components/mail/why-panel";
import { announce } from "@/components/shell/announce";
import { useGo } from "@/components/shell/reach";
import { useShortcut } from "@/components/shell/shortcuts";
import { copiedAloud } from "@/components/ui/copy";
import { browserApi } from "@/lib/api/browser";
import { ApiError } from "@/lib/api/error";
import { emails, neighbour } from "@/lib/queries/emails";
import { causesOf, recipientsOf } from "@/lib/recipients";

/** One mail: what became of it for whom, why, and what was in it. */
export function EmailDetail({ id }: { id: string }) {
  const go = useGo();
  const queries = useQueryClient();
  const mails = emails(browserApi);
  const one = useQuery(mails.one(id));
  const events = useQuery(mails.events(id));
  const why = useQuery(mails.why(id));

  const walk = (step: 1 | -1) => {
    const next = neighbour(queries, id, step);
    if (next) go(`/emails/${next}`);
    else announce(step > 0 ? "This is the last mail of the list" : "This is the first mail of the list");
  };
  useShortcut("next", () => walk(1));
  useShortcut("previous", () => walk(-1));
  useShortcut("up", () => go("/emails"));
  const refresh = () => {
    void one.refetch();
    void events.refetch();
    void why.refetch();
  };
  useShortcut("refresh", refresh);
  useShortcut("copy", () => void copiedAloud(id, "the id"));

  if (!one.data) {
    if (one.error instanceof ApiError && one.error.status === 404) return <NoSuchEmail />;
    if (one.error) {
      return (
        <>
          <h1 className="text-lead font-medium">One email</h1>
          <Failed error={one.error} what="This mail" retry={() => one.refetch()} />
        </>
      );
    }
    return <RowsSkeleton />;
  }
  const stale = [one, events, why].find((part) => part.isRefetchError)?.error ?? (why.data ? null : why.error);
  const recipients = recipientsOf(one.data, events.data?.data ?? []);
  return (
    <>
      <EmailHead email={one.data} recipients={recipients} />
      {stale ? <Stale error={stale} what="This mail" retry={refresh} /> : null}
      <WhyPanel causes={causesOf(recipients, why.data?.data)} />
      {events.error && !events.data ? (
        <Failed error={events.error} what="What happened to it" retry={() => events.refetch()} />
      ) : (
        <Recipients email={one.data} recipients={recipients} />
      )}
      <EmailContent email={one.data} />
    </>
  );
}
