import { TextLink } from "@/components/ui/text-link";

/** A mail that this team does not have. */
export default function NoSuchEmail() {
  return (
    <div className="py-16 text-center">
      <h1 className="text-lead font-medium">No such email in this team.</h1>
      <p className="mt-2 text-text-2">It may be another team’s (switch with t), or past its retention.</p>
      <p className="mt-4">
        <TextLink href="/emails">Back to the emails</TextLink>
      </p>
    </div>
  );
}
