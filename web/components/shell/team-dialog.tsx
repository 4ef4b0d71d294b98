"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { type FormEvent, useState } from "react";

import { Failed } from "@/components/data/failed";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { sessions } from "@/lib/queries/sessions";

/** The teams that one is in: turns the session to another, or makes a new one. */
export function TeamDialog({ close }: { close: () => void }) {
  const me = useQuery(sessions().me());
  const [naming, setNaming] = useState(false);
  const turn = useMutation({
    ...sessions().turn(),
    // The page stays the same kind; what it showed of the other team goes.
    onSuccess: () => window.location.assign(`/${window.location.pathname.split("/")[1] ?? ""}`),
  });
  const make = useMutation({ ...sessions().make(), onSuccess: (team) => turn.mutate(team.id) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    make.mutate(String(new FormData(event.currentTarget).get("name")));
  };
  const fault = make.error ?? turn.error;
  return (
    <Dialog title="Teams" close={close}>
      {me.error && !me.data ? <Failed error={me.error} what="Your teams" retry={() => me.refetch()} /> : null}
      <ul className="-mx-2 grid gap-0.5">
        {me.data?.teams.map((team) => {
          const here = team.id === me.data.team.id;
          return (
            <li key={team.id}>
              <button
                type="button"
                aria-current={here ? "true" : undefined}
                disabled={turn.isPending}
                onClick={() => (here ? close() : turn.mutate(team.id))}
                className="flex min-h-10 w-full items-center gap-3 rounded-control px-2 text-left hover:bg-hover pointer-coarse:min-h-11"
              >
                <Check aria-hidden className={`size-4 shrink-0 text-accent ${here ? "" : "invisible"}`} />
                <span className="min-w-0 flex-1 truncate font-medium" title={team.name}>
                  {team.name}
                </span>
                <span className="text-control text-text-2">{team.role}</span>
              </button>
            </li>
          );
        })}
      </ul>
      <div className="mt-4 border-t pt-4">
        {naming ? (
          <form onSubmit={submit} className="grid gap-3">
            <Field label="Name of the new team" name="name" required maxLength={100} autoFocus autoComplete="off" />
            <div className="flex gap-2">
              <Button type="submit" look="primary" disabled={make.isPending || turn.isPending}>
                Create team
              </Button>
              <Button look="quiet" onClick={() => setNaming(false)}>
                Back
              </Button>
            </div>
          </form>
        ) : (
          <Button onClick={() => setNaming(true)}>New team</Button>
        )}
        {fault ? (
          <p role="alert" className="mt-3 text-control text-bad">
            {fault.message}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}
