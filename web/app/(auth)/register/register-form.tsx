"use client";

import { AuthForm } from "@/components/auth/auth-form";
import { PasswordField } from "@/components/auth/password-field";
import { Field } from "@/components/ui/field";

/** A new account with a team of its own. */
export function RegisterForm({ verb }: { verb: string }) {
  return (
    <AuthForm to="/api/session/register" verb={verb} busyVerb="Creating…" done={() => window.location.assign("/emails")}>
      {(fault) => (
        <>
          <Field label="Your name" name="name" autoComplete="name" required autoFocus maxLength={100} fault={fault("name")} />
          <Field label="Email" name="email" type="email" autoComplete="username" required spellCheck={false} fault={fault("email")} />
          <PasswordField fresh fault={fault("password")} />
          <Field
            label="Team"
            name="team_name"
            autoComplete="organization"
            required
            maxLength={100}
            hint="Your company or project; it can be renamed."
            fault={fault("team_name")}
          />
        </>
      )}
    </AuthForm>
  );
}
