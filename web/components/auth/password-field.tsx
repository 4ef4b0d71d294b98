"use client";

import { useState } from "react";

import { Field } from "@/components/ui/field";

interface Props {
  label?: string;
  fresh?: boolean;
  fault?: string;
  autoFocus?: boolean;
}

/** A password, which can be shown. A fresh one is a new one: managers offer to make it. */
export function PasswordField({ label = "Password", fresh = false, fault, autoFocus }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      label={label}
      name="password"
      type={shown ? "text" : "password"}
      autoComplete={fresh ? "new-password" : "current-password"}
      minLength={fresh ? 8 : undefined}
      hint={fresh ? "At least 8 characters; nothing else is asked of it." : undefined}
      required
      autoFocus={autoFocus}
      spellCheck={false}
      fault={fault}
      action={
        <button
          type="button"
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="min-h-6 rounded-chip px-1 text-meta text-accent hover:text-accent-hover pointer-coarse:min-h-11"
        >
          {shown ? "Hide" : "Show"} password
        </button>
      }
    />
  );
}
