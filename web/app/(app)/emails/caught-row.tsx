"use client";

import { Subject } from "@/components/mail/subject";
import { Chip } from "@/components/ui/chip";
import { Time } from "@/components/ui/time";
import { bare } from "@/lib/format";
import type { Caught } from "@/lib/queries/sandbox";
import { BESIDE } from "@/lib/status";

/** A message that was caught, in a line; in two on a phone. */
export function CaughtRow({ item: caught }: { item: Caught }) {
  return (
    <>
      <span className="cell-state">
        <Chip status={BESIDE.caught} />
      </span>
      <span className="cell-to">
        <bdi className="truncate">{caught.to}</bdi>
      </span>
      <span className="cell-subject">
        <Subject of={caught.subject} />
      </span>
      <span className="cell-from">
        <bdi>{bare(caught.from)}</bdi>
      </span>
      <Time at={caught.created_at} className="cell-time" />
    </>
  );
}
