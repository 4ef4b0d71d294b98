"use client";

import { Fragment } from "react";

import { count } from "@/lib/format";
import type { EmailFilters, EmailItem } from "@/lib/queries/emails";
import { emailStatus } from "@/lib/status";

interface Props {
  rows: EmailItem[];
  more: boolean;
  filtered: boolean;
  asked: boolean;
  choose: (filters: Partial<EmailFilters>) => void;
}

/** What the list says, in a sentence; each number opens the mails that it counts. */
export function EmailLead({ rows, more, filtered, asked, choose }: Props) {
  if (!asked && rows.length === 0) return "Emails";
  if (filtered) return `${more ? "More than " : ""}${capital(count(rows.length, "mail"))} ${rows.length === 1 ? "matches" : "match"}.`;
  if (rows.length === 0) return "No mail has been sent yet.";
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.last_event, (counts.get(row.last_event) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]);
  return (
    <>
      {more ? `Of the newest ${rows.length} mails, ` : rows.length === 1 ? "One mail: " : `${count(rows.length, "mail")}: `}
      {parts.map(([state, n], index) => (
        <Fragment key={state}>
          {index === 0 ? "" : index === parts.length - 1 ? " and " : ", "}
          <button
            type="button"
            onClick={() => choose({ status: state })}
            className="underline decoration-edge decoration-1 underline-offset-4 hover:decoration-accent"
          >
            {n} {emailStatus(state).word.toLowerCase()}
          </button>
        </Fragment>
      ))}
      .
    </>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
