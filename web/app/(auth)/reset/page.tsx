import type { Metadata } from "next";

import { ResetForm } from "@/app/(auth)/reset/reset-form";
import { TextLink } from "@/components/ui/text-link";

export const metadata: Metadata = { title: "Set a new password" };

/** Where the link of a mail leads. */
export default async function ResetPage({ searchParams }: { searchParams: Promise<{ token?: string }> }) {
  const { token } = await searchParams;
  return (
    <>
      <h1 className="text-title font-semibold">Set a new password</h1>
      <p className="mb-6 mt-1 text-text-2">You are signed out everywhere then, and sign in with the new one.</p>
      <ResetForm token={typeof token === "string" ? token : ""} />
      <p className="mt-6 text-control">
        <TextLink href="/forgot">Ask for a new link</TextLink>
      </p>
    </>
  );
}
