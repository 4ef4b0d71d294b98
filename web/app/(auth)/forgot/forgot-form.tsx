"use client";

import { useState } from "react";

import { AuthForm } from "@/components/auth/auth-form";
import { Field } from "@/components/ui/field";

/** Asks for the link. Whether there is such an account, nobody is told. */
export function ForgotForm() {
  const [asked, setAsked] = useState(false);
  if (asked) {
    return (
      <div role="status" className="rounded-card border bg-surface p-4">
        <p className="font-medium">If there is an account, a mail is on its way.</p>
        <p className="mt-2 text-control text-text-2">
          In the sandbox no mail leaves: whoever runs this installation finds it among the emails of their team, or prints a
          link with <code className="font-mono">mailit user reset</code>.
        </p>
      </div>
    );
  }
  return (
    <AuthForm to="/api/auth/forgot" verb="Send the link" busyVerb="Sending…" done={() => setAsked(true)}>
      {(fault) => (
        <Field label="Email" name="email" type="email" autoComplete="username" required autoFocus spellCheck={false} fault={fault("email")} />
      )}
    </AuthForm>
  );
}
