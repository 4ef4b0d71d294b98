"use client";

import { useQuery } from "@tanstack/react-query";

import { Icon } from "@/components/ui/icon";
import { Link } from "@/components/ui/link";
import { browserApi } from "@/lib/api/browser";
import { system } from "@/lib/queries/system";

/** In sandbox mode, on every page: no mail leaves. It can't be sent away. */
export function SandboxStrip() {
  const { data } = useQuery(system(browserApi).facts());
  if (data?.mode === "relay") {
    return <p className="border-b px-4 py-1 text-meta text-text-2 sm:px-6">Mail leaves through a relay.</p>;
  }
  if (data?.mode !== "sandbox") return null;
  return (
    <section
      aria-label="Sandbox"
      className="hatch flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-1.5 text-control text-warn sm:px-6"
    >
      <Icon name="package" className="size-4" />
      <p>
        <strong className="font-semibold">Sandbox:</strong> mail is caught here and never sent.
      </p>
      <Link href="/emails" className="rounded-chip font-medium underline underline-offset-4">
        See them
      </Link>
      <button type="button" popoverTarget="go-live" className="min-h-6 rounded-chip font-medium underline underline-offset-4">
        Go live
      </button>
      <div
        id="go-live"
        popover="auto"
        className="m-auto max-w-[min(520px,calc(100vw-32px))] rounded-dialog border bg-raised p-6 text-text shadow-float"
      >
        <h2 className="text-lead font-semibold">Three steps out of the sandbox</h2>
        <ol className="mt-3 list-decimal space-y-2 pl-5">
          <li>
            Add the domain you send from (<code className="font-mono text-control">POST /domains</code>), publish the
            records it gives, and have them checked.
          </li>
          <li>
            Set <code className="font-mono text-control">smtp_outbound.mode: direct</code> and{" "}
            <code className="font-mono text-control">smtp_outbound.hostname</code> in the configuration.
          </li>
          <li>
            Run <code className="font-mono text-control">mailit doctor</code>, then start the daemon anew.
          </li>
        </ol>
      </div>
    </section>
  );
}
