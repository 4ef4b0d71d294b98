import type { Metadata } from "next";

import { InviteForm } from "@/app/(auth)/invite/invite-form";
import { TextLink } from "@/components/ui/text-link";
import { invitation } from "@/lib/api/public";
import { ApiError } from "@/lib/api/error";

export const metadata: Metadata = { title: "Join a team" };

/** Where an invitation leads: which team, who invited, which role. */
export default async function InvitePage({ searchParams }: { searchParams: Promise<{ token?: string }> }) {
  const { token } = await searchParams;
  const shown = await invitation(typeof token === "string" ? token : "");
  if (shown instanceof ApiError) {
    return (
      <>
        <h1 className="text-title font-semibold">This invitation can’t be used</h1>
        <p className="mt-1 text-text-2">
          {shown.away || shown.status === 429
            ? shown.message
            : "It was used already, withdrawn, or it is too old. Ask whoever invited you for a new one."}
        </p>
        <p className="mt-6 text-control">
          <TextLink href="/sign-in">Sign in</TextLink>
        </p>
      </>
    );
  }
  return (
    <>
      <h1 className="text-title font-semibold [overflow-wrap:anywhere]">Join {shown.team}</h1>
      <p className="mb-6 mt-1 text-text-2 [overflow-wrap:anywhere]">
        {shown.invited_by ? `${shown.invited_by} invites you` : "You are invited"} as {shown.role}.{" "}
        {shown.registered ? "Sign in with the account that you have." : "Choose a name and a password."}
      </p>
      <InviteForm token={token ?? ""} email={shown.email} registered={shown.registered} />
    </>
  );
}
