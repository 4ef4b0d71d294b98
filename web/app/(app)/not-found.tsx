import { TextLink } from "@/components/ui/text-link";

export const metadata = { title: "Not found" };

/** A path that is no page. */
export default function NotFound() {
  return (
    <div className="py-16 text-center">
      <h1 className="text-lead font-medium">There is no such page.</h1>
      <p className="mt-2 text-text-2">The address may be mistyped, or from another version of MailIt.</p>
      <p className="mt-4">
        <TextLink href="/emails">Go to your emails</TextLink>
      </p>
    </div>
  );
}
