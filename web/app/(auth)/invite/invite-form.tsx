"use client";

import { useState } from "react";

import { AuthForm } from "@/components/auth/auth-form";
import { CodeField } from "@/components/auth/code-field";
import { PasswordField } from "@/components/auth/password-field";
import { Field } from "@/components/ui/field";

/** Joins with the account that there is, or with a new one. */
export function InviteForm({ token, email, registered }: { token: string; email: string; registered: boolean }) {
  const [coded, setCoded] = useState(false);
  return (
    <AuthForm
      to="/api/session/invite"
      also={{ token }}
      verb="Join"
      busyVerb="Joining…"
      done={() => window.location.assign("/emails")}
      meaning={(error) =>
        error.code === "totp_required" ? "" : error.status === 401 && !/code/i.test(error.message) ? "The password is wrong." : null
      }
      refused={(error) => {
        if (error.code === "totp_required") setCoded(true);
      }}
    >
      {(fault) => (
        <>
          <Field label="Email" type="email" autoComplete="username" value={email} readOnly />
          {registered ? null : (
            <Field label="Your name" name="name" autoComplete="name" required autoFocus maxLength={100} fault={fault("name")} />
          )}
          <PasswordField fresh={!registered} fault={fault("password")} autoFocus={registered} />
          {coded ? <CodeField fault={fault("code")} /> : null}
        </>
      )}
    </AuthForm>
  );
}
