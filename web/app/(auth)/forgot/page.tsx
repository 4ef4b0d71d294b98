import type { Metadata } from "next";

import { ForgotForm } from "@/app/(auth)/forgot/forgot-form";
import { TextLink } from "@/components/ui/text-link";

export const metadata: Metadata = { title: "Forgot your password" };

/** Where a link to a new password is asked for. */
export default function ForgotPage() {
  return (
    <>
      <h1 className="text-title font-semibold">Forgot your password?</h1>
      <p className="mb-6 mt-1 text-text-2">We send a link by which you set a new one. It is good once, and for an hour.</p>
      <ForgotForm />
      <p className="mt-6 text-control">
        <TextLink href="/sign-in">Back to sign in</TextLink>
      </p>
    </>
  );
}
