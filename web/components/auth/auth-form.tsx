"use client";

import { type FormEvent, type ReactNode, useEffect, useState } from "react";

import { Button } from "@/components/ui/button";
import { ApiError, apiError } from "@/lib/api/error";

interface Props {
  /** Where the fields go, as JSON. */
  to: string;
  /** What goes with them. */
  also?: Record<string, string>;
  /** What happens once it was taken. */
  done: () => void;
  /** What the button does, and what it says meanwhile. */
  verb: string;
  busyVerb: string;
  /** What a refusal means here, where the API's own words say too much or too little. */
  meaning?: (error: ApiError) => string | null;
  /** Hears of a refusal. */
  refused?: (error: ApiError) => void;
  /** The fields; each may ask for what is wrong with it. */
  children: (fault: (field: string) => string | undefined) => ReactNode;
}

const AWAY = new ApiError(0, "unreachable", "The dashboard can't be reached. Is it still running?", null, null);

/** A form of one narrow column. What is wrong stands at its field, else above the button; haste is counted down. */
export function AuthForm({ to, also, done, verb, busyVerb, meaning, refused, children }: Props) {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useState(0);

  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setError(null);
    const answer = await fetch(to, {
      method: "POST",
      headers: { "content-type": "application/json", "X-MailIt": "1" },
      body: JSON.stringify({ ...also, ...Object.fromEntries(new FormData(form)) }),
    }).catch(() => null);
    if (answer?.ok) return done();
    const found = answer ? await apiError(answer) : AWAY;
    if (found.status === 429) setWait(Math.max(1, found.retryAfter ?? 1));
    setError(found);
    refused?.(found);
    setBusy(false);
    const wrong = fieldOf(found);
    if (wrong) form.querySelector<HTMLElement>(`[name="${wrong}"]`)?.focus();
  };

  const said = error && (meaning?.(error) ?? error.message);
  const about = error && said === error.message ? fieldOf(error) : null;
  const names: string[] = [];
  const fields = children((field) => {
    names.push(field);
    return about === field ? (said ?? undefined) : undefined;
  });
  return (
    <form onSubmit={submit} className="grid gap-4" method="post">
      {fields}
      <p role="alert" className="text-control text-bad empty:hidden">
        {about && names.includes(about) ? null : said}
        {wait > 0 ? ` Try again in ${wait} s.` : null}
      </p>
      <Button type="submit" look="primary" disabled={busy || wait > 0} className="min-h-10">
        {busy ? busyVerb : verb}
      </Button>
    </form>
  );
}

/** The field that the API names: "Invalid `password` field. …" */
function fieldOf(error: ApiError): string | null {
  return error.status === 422 ? (/`(\w+)`/.exec(error.message)?.[1] ?? null) : null;
}
