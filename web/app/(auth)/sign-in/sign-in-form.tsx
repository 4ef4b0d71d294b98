"use client";

import { type FormEvent, useEffect, useState } from "react";

import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { apiError } from "@/lib/api/error";

/** Email and password; one message for whatever of them is wrong. */
export function SignInForm({ next }: { next: string }) {
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const [wait, setWait] = useState(0);

  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFault(null);
    try {
      const answer = await fetch("/api/session", {
        method: "POST",
        headers: { "content-type": "application/json", "X-MailIt": "1" },
        body: JSON.stringify({ email: form.get("email"), password: form.get("password") }),
      });
      if (answer.ok) {
        window.location.assign(next);
        return;
      }
      const error = await apiError(answer);
      if (error.status === 429) setWait(Math.max(1, error.retryAfter ?? 1));
      setFault(
        error.status === 401 || error.status === 422 ? "Email or password is wrong." : error.message,
      );
    } catch {
      setFault("The dashboard can't be reached. Is it still running?");
    }
    setBusy(false);
  };

  return (
    <form onSubmit={submit} className="grid gap-4" method="post">
      <Field label="Email" name="email" type="email" autoComplete="username" required autoFocus spellCheck={false} />
      <Field
        label="Password"
        name="password"
        type={shown ? "text" : "password"}
        autoComplete="current-password"
        required
        spellCheck={false}
        action={
          <button
            type="button"
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="min-h-6 rounded-chip px-1 text-meta text-accent hover:text-accent-hover"
          >
            {shown ? "Hide" : "Show"} password
          </button>
        }
      />
      <p role="alert" className="text-control text-bad empty:hidden">
        {fault}
        {wait > 0 ? ` Try again in ${wait} s.` : null}
      </p>
      <Button type="submit" look="primary" disabled={busy || wait > 0} className="min-h-10">
        {busy ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}
