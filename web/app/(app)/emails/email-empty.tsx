"use client";

import { useMutation, useQuery } from "@tanstack/react-query";

import { FirstDomain } from "@/app/(app)/emails/first-domain";
import { Button } from "@/components/ui/button";
import { CodeBox } from "@/components/ui/code-box";
import { browserApi } from "@/lib/api/browser";
import { apiKeys } from "@/lib/queries/api-keys";
import { domains } from "@/lib/queries/domains";

/** Nothing yet: how to send the first mail, with a key made on the spot. */
export function EmailEmpty({ apiUrl }: { apiUrl: string }) {
  const known = useQuery(domains(browserApi).list());
  const made = useMutation(apiKeys(browserApi).create());
  const domain = known.data?.data[0]?.name ?? "example.com";
  const none = known.isSuccess && known.data.data.length === 0;
  const line = curl(apiUrl, domain, made.data?.token ?? "$MAILIT_API_KEY");
  return (
    <section aria-label="Send the first mail" className="mt-6 max-w-[820px] rounded-card border bg-surface p-6">
      {none ? <FirstDomain /> : null}
      <p className="text-text-2">Send one from a terminal; it appears here by itself.</p>
      <div className="mt-4">
        <CodeBox name="The line that sends" what="the curl line" text={line}>
          In a terminal
        </CodeBox>
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-3">
        {made.data ? (
          <p className="text-control text-text-2">
            The key “First mail” is in the line. It may only send, and it is shown this once.
          </p>
        ) : (
          <>
            <Button look={none ? "plain" : "primary"} disabled={made.isPending} onClick={() => made.mutate("First mail")}>
              Create API key
            </Button>
            <p className="text-control text-text-2">It is put in the line in place of $MAILIT_API_KEY.</p>
          </>
        )}
      </div>
      {made.error ? (
        <p role="alert" className="mt-3 text-control text-bad">
          {made.error.message}
        </p>
      ) : null}
    </section>
  );
}

function curl(url: string, domain: string, key: string): string {
  const mail = {
    from: `hello@${domain}`,
    to: `you@${domain}`,
    subject: "Hello from MailIt",
    html: "<p>It <strong>works</strong>.</p>",
  };
  return [
    `curl -X POST ${url}/emails \\`,
    `  -H "Authorization: Bearer ${key}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(mail, null, 2).replaceAll("\n", "\n  ")}'`,
  ].join("\n");
}
