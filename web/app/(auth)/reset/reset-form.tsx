"use client";

import { AuthForm } from "@/components/auth/auth-form";
import { PasswordField } from "@/components/auth/password-field";
import type { ApiError } from "@/lib/api/error";

/** A new password, by the token of a link. */
export function ResetForm({ token }: { token: string }) {
  return (
    <AuthForm
      to="/api/auth/reset"
      also={{ token }}
      verb="Set password"
      busyVerb="Setting…"
      meaning={meaning}
      done={() => window.location.assign("/sign-in?reset=1")}
    >
      {(fault) => <PasswordField label="New password" fresh autoFocus fault={fault("password")} />}
    </AuthForm>
  );
}

function meaning(error: ApiError): string | null {
  return error.message.includes("`token`") ? "This link was used already, or it is too old. Ask for a new one." : null;
}
