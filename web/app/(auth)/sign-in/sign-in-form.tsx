"use client";

import { useState } from "react";

import { AuthForm } from "@/components/auth/auth-form";
import { CodeField } from "@/components/auth/code-field";
import { PasswordField } from "@/components/auth/password-field";
import { Field } from "@/components/ui/field";
import type { ApiError } from "@/lib/api/error";

/** Email and password, with one message for whatever of them is wrong; a code only where the account asks for one. */
export function SignInForm({ next }: { next: string }) {
  const [coded, setCoded] = useState(false);
  return (
    <AuthForm
      to="/api/session"
      verb="Sign in"
      busyVerb="Signing in…"
      done={() => window.location.assign(next)}
      meaning={meaning}
      refused={(error) => {
        if (error.code === "totp_required") setCoded(true);
      }}
    >
      {() => (
        <>
          <Field label="Email" name="email" type="email" autoComplete="username" required autoFocus spellCheck={false} />
          <PasswordField />
          {coded ? <CodeField /> : null}
        </>
      )}
    </AuthForm>
  );
}

function meaning(error: ApiError): string | null {
  // The field for it has just appeared, and says the same.
  if (error.code === "totp_required") return "";
  if (error.status === 422 || (error.status === 401 && !/code/i.test(error.message))) return "Email or password is wrong.";
  return null;
}
