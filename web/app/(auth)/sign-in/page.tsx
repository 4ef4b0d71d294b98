import type { Metadata } from "next";

import { SignInForm } from "@/app/(auth)/sign-in/sign-in-form";
import { TextLink } from "@/components/ui/text-link";
import { registration } from "@/lib/api/public";
import { safeNext } from "@/lib/session";

export const metadata: Metadata = { title: "Sign in" };

/** Where a session begins. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string; reset?: string }> }) {
  const [{ next, reset }, may] = await Promise.all([searchParams, registration()]);
  return (
    <>
      <h1 className="text-title font-semibold">Sign in</h1>
      <p className="mb-6 mt-1 text-text-2">
        {reset === "1"
          ? "Your new password is set. Sign in with it."
          : may?.first
            ? "There is no account here yet."
            : "With the account that was printed when MailIt was set up, or your own."}
      </p>
      <SignInForm next={safeNext(typeof next === "string" ? next : null)} />
      <p className="mt-6 flex flex-wrap gap-x-6 gap-y-2 text-control">
        <TextLink href="/forgot">Forgot your password?</TextLink>
        {may?.open ? <TextLink href="/register">{may.first ? "Create the first account" : "Create an account"}</TextLink> : null}
      </p>
    </>
  );
}
