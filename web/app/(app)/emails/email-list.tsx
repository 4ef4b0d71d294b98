"use client";

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import { useCallback } from "react";

import { EmailEmpty } from "@/app/(app)/emails/email-empty";
import { EmailFilterBar } from "@/app/(app)/emails/email-filter-bar";
import { EmailLead } from "@/app/(app)/emails/email-lead";
import { EmailRow } from "@/app/(app)/emails/email-row";
import { Failed } from "@/components/data/failed";
import { More } from "@/components/data/more";
import { NewRowsPill } from "@/components/data/new-rows-pill";
import { Rows } from "@/components/data/rows";
import { RowsSkeleton } from "@/components/data/rows-skeleton";
import { Stale } from "@/components/data/stale";
import { useLive } from "@/components/shell/live";
import { useShortcut } from "@/components/shell/shortcuts";
import { Button } from "@/components/ui/button";
import { browserApi } from "@/lib/api/browser";
import { count } from "@/lib/format";
import { type EmailFilters, emailFilters, type EmailItem, emails } from "@/lib/queries/emails";

/** Finds a mail: filters in the URL, rows that change in place, new ones behind a pill. */
export function EmailList({ apiUrl }: { apiUrl: string }) {
  const [filters, setFilters] = useQueryStates(emailFilters, { history: "push" });
  const options = emails(browserApi).list(filters);
  const list = useInfiniteQuery(options);
  const queries = useQueryClient();
  const { fresh, matching, seen } = useLive();
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const filtered = filters.status !== null || filters.recipient !== null;
  const choose = useCallback(
    (chosen: Partial<EmailFilters> | null, more = false) => void setFilters(chosen, { history: more ? "replace" : "push" }),
    [setFilters],
  );
  const clear = () => choose(null);

  const refresh = async () => {
    seen();
    // Only the first page anew: what was appended is asked for again when it is wanted.
    queries.setQueryData(options.queryKey, (all) =>
      all && { pages: all.pages.slice(0, 1), pageParams: all.pageParams.slice(0, 1) },
    );
    await list.refetch();
    window.scrollTo({ top: 0 });
  };
  useShortcut("refresh", refresh);
  useShortcut("newest", refresh);

  const known = new Set(rows.map((row) => row.id));
  // One that comes behind all that is loaded is not new: it moved up for one that no longer matches.
  const oldest = list.hasNextPage ? (rows.at(-1)?.id ?? "") : "";
  const found = matching.get(JSON.stringify(options.queryKey)) ?? [];
  const fresher = filtered ? found.filter((id) => !known.has(id) && id > oldest).length : fresh.size;
  // What was had stays, also where it could not be had anew.
  const asked = list.data !== undefined;
  const bare = asked && rows.length === 0 && !filtered;
  return (
    <>
      <h1 className="text-lead font-medium">
        <EmailLead rows={rows} more={list.hasNextPage} filtered={filtered} asked={asked} choose={choose} />
      </h1>
      {bare ? null : <EmailFilterBar filters={filters} choose={choose} />}
      <NewRowsPill count={rows.length > 0 ? fresher : 0} show={refresh} />
      {list.isPending ? <RowsSkeleton /> : null}
      {list.isError && !list.data ? <Failed error={list.error} what="The mails" retry={() => list.refetch()} /> : null}
      {list.isRefetchError ? <Stale error={list.error} what="The mails" retry={refresh} /> : null}
      {bare ? <EmailEmpty apiUrl={apiUrl} /> : null}
      {asked && rows.length === 0 && filtered ? (
        <div className="py-16 text-center">
          <p>No mails match {filters.status && filters.recipient ? "these 2 filters" : "this filter"}.</p>
          {filters.recipient && !/@.+\../.test(filters.recipient) ? (
            <p className="mt-1 text-text-2">A recipient is found by the whole address, such as ana@example.net.</p>
          ) : null}
          <Button onClick={clear} className="mt-4">Clear filters</Button>
        </div>
      ) : null}
      {rows.length > 0 ? (
        <>
          <Rows
            items={rows}
            total={list.hasNextPage ? null : rows.length}
            hrefOf={hrefOf}
            heads={HEADS}
            label="Emails"
            row={EmailRow}
          />
          <More
            wanted={list.hasNextPage}
            busy={list.isFetchingNextPage}
            error={list.isFetchNextPageError ? list.error : null}
            fetchMore={() => list.fetchNextPage()}
            end={rows.length > 10 ? `That's all: ${count(rows.length, "mail")}.` : null}
          />
        </>
      ) : null}
    </>
  );
}

const hrefOf = (email: EmailItem) => `/emails/${email.id}`;

const HEADS = ["Status", "To", "Subject", "From", "Sent"];
