import type { Metadata } from "next";

import { RegisterForm } from "@/app/(auth)/register/register-form";
import { TextLink } from "@/components/ui/text-link";
import { registration } from "@/lib/api/public";

export const metadata: Metadata = { title: "Create an account" };

/** Where an account begins, as far as this installation lets it. */
export default async function RegisterPage() {
  const may = await registration();
  const title = may?.first ? "Create the first account" : "Create an account";
  if (may && !may.open) {
    return (
      <>
        <h1 className="text-title font-semibold">Registration is closed</h1>
        <p className="mt-1 text-text-2">
          {may.first
            ? "Nobody has an account here yet, and this installation takes none by this page. Whoever runs it makes the first one with “mailit setup”."
            : "Accounts here come by invitation. Ask somebody of your team to invite you: the link arrives by mail."}
        </p>
        <p className="mt-6 text-control">
          <TextLink href="/sign-in">Sign in</TextLink>
        </p>
      </>
    );
  }
  return (
    <>
      <h1 className="text-title font-semibold">{title}</h1>
      <p className="mb-6 mt-1 text-text-2">
        {may?.first
          ? "It runs this installation: it sees the queue, every team and how the machine is."
          : "With a team of your own; you can join others by invitation."}
      </p>
      <RegisterForm verb={may?.first ? "Create the first account" : "Create account"} />
      <p className="mt-6 text-control text-text-2">
        Have one already? <TextLink href="/sign-in">Sign in</TextLink>
      </p>
    </>
  );
}
