import type { Metadata } from "next";

import { SignInForm } from "@/app/(auth)/sign-in/sign-in-form";
import { safeNext } from "@/lib/session";

export const metadata: Metadata = { title: "Sign in" };

/** Where a session begins. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const { next } = await searchParams;
  return (
    <>
      <h1 className="text-title font-semibold">Sign in</h1>
      <p className="mb-6 mt-1 text-text-2">The first account and its password were printed when MailIt was set up.</p>
      <SignInForm next={safeNext(typeof next === "string" ? next : null)} />
    </>
  );
}
