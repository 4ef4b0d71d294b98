import { Link } from "@/components/ui/link";

export const metadata = { title: "Not found" };

/** A path that is no page. */
export default function NotFound() {
  return (
    <main className="mx-auto max-w-[640px] px-6 py-16">
      <h1 className="text-lead font-medium">There is no such page.</h1>
      <p className="mt-2 text-text-2">The address may be mistyped, or from another version of MailIt.</p>
      <p className="mt-4">
        <Link href="/emails" className="text-accent underline underline-offset-4">
          Go to your emails
        </Link>
      </p>
    </main>
  );
}
