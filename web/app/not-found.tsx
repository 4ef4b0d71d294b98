import { Logo } from "@/components/shell/logo";
import { TextLink } from "@/components/ui/text-link";

export const metadata = { title: "Not found" };

/** A path that is no page, where there is no shell to say it in. */
export default function NotFound() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[400px] flex-col justify-center px-4 py-12">
      <Logo className="mb-6 text-title" />
      <h1 className="text-title font-semibold">There is no such page</h1>
      <p className="mt-1 text-text-2">The address may be mistyped, or from another version of MailIt.</p>
      <p className="mt-6 text-control">
        <TextLink href="/emails">Go to your emails</TextLink>
      </p>
    </main>
  );
}
