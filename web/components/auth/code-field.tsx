import { Field } from "@/components/ui/field";

/** The second factor: six digits, or one of the recovery codes. */
export function CodeField({ fault }: { fault?: string }) {
  return (
    <Field
      label="Code"
      name="code"
      autoComplete="one-time-code"
      required
      autoFocus
      spellCheck={false}
      autoCapitalize="none"
      hint="From your authenticator application, or a recovery code."
      fault={fault}
    />
  );
}
