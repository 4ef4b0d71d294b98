"use client";

import { useQueryClient } from "@tanstack/react-query";
import { LogOut, Users } from "lucide-react";
import { useState } from "react";

import { apiError } from "@/lib/api/error";
import type { Session } from "@/lib/session";

/** Who one is, in which team, and the way out. */
export function Account({ session, showTeams }: { session: Session | null; showTeams: () => void }) {
  const queries = useQueryClient();
  const [fault, setFault] = useState<string | null>(null);
  const name = session?.user.name || session?.user.email || "";
  const initials =
    name
      .split(/[\s@.]+/)
      .map((part) => [...part][0] ?? "")
      .slice(0, 2)
      .join("")
      .toUpperCase() || "?";
  const signOut = async () => {
    try {
      const answer = await fetch("/api/session", { method: "DELETE", headers: { "X-MailIt": "1" } });
      if (!answer.ok) throw await apiError(answer);
      queries.clear();
      window.location.assign("/sign-in");
    } catch (error) {
      setFault(error instanceof Error ? error.message : "The session could not be ended.");
    }
  };
  return (
    <>
      <button
        type="button"
        popoverTarget="account"
        aria-label="Account"
        className="group grid size-8 place-items-center rounded-full pointer-coarse:size-11"
      >
        <span className="grid size-8 place-items-center rounded-full bg-selected text-meta font-semibold text-accent group-hover:bg-hover">
          {initials}
        </span>
      </button>
      <div
        id="account"
        popover="auto"
        className="fixed inset-auto right-4 top-12 m-0 w-64 rounded-card border bg-raised p-1 text-text shadow-float"
      >
        <div className="border-b px-3 py-2">
          <p className="truncate font-medium">{session?.user.name || "Signed in"}</p>
          <p className="truncate font-mono text-meta text-text-2">{session?.user.email ?? "not verified just now"}</p>
          {session ? (
            <p className="mt-1 truncate text-meta text-text-2">
              {session.team.name} · {session.role}
            </p>
          ) : null}
        </div>
        <button
          type="button"
          popoverTarget="account"
          popoverTargetAction="hide"
          aria-haspopup="dialog"
          onClick={showTeams}
          className="mt-1 flex h-9 w-full items-center gap-2 rounded-control px-3 text-control hover:bg-hover pointer-coarse:h-11"
        >
          <Users aria-hidden className="size-4" />
          Switch team
        </button>
        <button
          type="button"
          onClick={signOut}
          className="flex h-9 w-full items-center gap-2 rounded-control px-3 text-control hover:bg-hover pointer-coarse:h-11"
        >
          <LogOut aria-hidden className="size-4" />
          Sign out
        </button>
        {fault ? (
          <p role="alert" className="px-3 py-2 text-meta text-bad">
            {fault}
          </p>
        ) : null}
      </div>
    </>
  );
}
