"use client";

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { CaughtRow } from "@/app/(app)/emails/caught-row";
import { Failed } from "@/components/data/failed";
import { More } from "@/components/data/more";
import { NewRowsPill } from "@/components/data/new-rows-pill";
import { Rows } from "@/components/data/rows";
import { RowsSkeleton } from "@/components/data/rows-skeleton";
import { Stale } from "@/components/data/stale";
import { useShortcut } from "@/components/shell/shortcuts";
import { TextLink } from "@/components/ui/text-link";
import { browserApi } from "@/lib/api/browser";
import { count } from "@/lib/format";
import { type Caught, caughtWords, sandbox } from "@/lib/queries/sandbox";

/** What the sandbox caught: a row a recipient, for each got a message of its own. */
export function CaughtList() {
  const options = sandbox(browserApi).list();
  const list = useInfiniteQuery(options);
  const now = useQuery(sandbox(browserApi).count());
  const queries = useQueryClient();
  const [seen, setSeen] = useState(now.data?.caught ?? null);
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const all = now.data?.caught ?? rows.length;

  const refresh = async () => {
    queries.setQueryData(options.queryKey, (had) => had && { pages: had.pages.slice(0, 1), pageParams: had.pageParams.slice(0, 1) });
    await Promise.all([list.refetch(), now.refetch().then(({ data }) => setSeen(data?.caught ?? null))]);
    window.scrollTo({ top: 0 });
  };
  // Where there is nothing yet, nothing moves under the hand: the first comes by itself.
  const first = list.isSuccess && !list.isFetching && rows.length === 0 && all > 0;
  useEffect(() => {
    if (first) void refresh();
    // Not whenever it is made anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [first]);
  useShortcut("refresh", refresh);
  useShortcut("newest", refresh);

  return (
    <>
      <h1 className="text-lead font-medium">
        {all === 0 ? "The sandbox has caught nothing yet." : `The sandbox caught ${caughtWords(all)} ${all === 1 ? "message" : "messages"} and sent none.`}
      </h1>
      <p className="mb-4 mt-1 text-control text-text-2">
        <TextLink href="/emails">All emails</TextLink>
      </p>
      <NewRowsPill count={seen === null || rows.length === 0 ? 0 : all - seen} show={refresh} />
      {list.isPending ? <RowsSkeleton /> : null}
      {list.isError && !list.data ? (
        <Failed error={list.error} what="What was caught" retry={() => list.refetch()} />
      ) : null}
      {list.isRefetchError ? <Stale error={list.error} what="What was caught" retry={refresh} /> : null}
      {rows.length > 0 ? (
        <>
          <Rows
            items={rows}
            total={list.hasNextPage ? null : rows.length}
            hrefOf={hrefOf}
            heads={["", "To", "Subject", "From", "Caught"]}
            label="Caught by the sandbox"
            row={CaughtRow}
          />
          <More
            wanted={list.hasNextPage}
            busy={list.isFetchingNextPage}
            error={list.isFetchNextPageError ? list.error : null}
            fetchMore={() => list.fetchNextPage()}
            end={rows.length > 10 ? `That's all: ${count(rows.length, "message")}.` : null}
          />
        </>
      ) : null}
    </>
  );
}

const hrefOf = (caught: Caught) => `/emails/${caught.email_id}`;
