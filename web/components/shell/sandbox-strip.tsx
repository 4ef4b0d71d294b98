"use client";

import { useQuery } from "@tanstack/react-query";

import { Icon } from "@/components/ui/icon";
import { Link } from "@/components/ui/link";
import { browserApi } from "@/lib/api/browser";
import { caughtWords, sandbox } from "@/lib/queries/sandbox";
import { system } from "@/lib/queries/system";

const LINK = "inline-flex min-h-6 items-center rounded-chip font-medium underline underline-offset-4 pointer-coarse:min-h-11";

/** In sandbox mode, on every page: no mail leaves. It can't be sent away. */
export function SandboxStrip() {
  const { data } = useQuery(system(browserApi).facts());
  const caught = useQuery({ ...sandbox(browserApi).count(), enabled: data?.mode === "sandbox" }).data?.caught;
  if (data?.mode === "relay") {
    return <p className="border-b px-4 py-1 text-meta text-text-2 sm:px-6">Mail leaves through a relay.</p>;
  }
  if (data?.mode !== "sandbox") return null;
  return (
    <section aria-label="Sandbox" className="hatch flex items-start gap-x-3 border-b px-4 py-1.5 text-control text-warn sm:px-6">
      <Icon name="package" className="mt-1 size-4" />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <p className="py-0.5">
          <strong className="font-semibold">Sandbox:</strong> mail is caught here and never sent.
        </p>
        <Link href="/emails?mode=caught" className={LINK}>
          {caught === undefined || caught === 0 ? "See what was caught" : `See ${caughtWords(caught)} caught`}
        </Link>
        <button
          type="button"
          popoverTarget="go-live"
          className={LINK}
        >
          Go live
        </button>
      </div>
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
