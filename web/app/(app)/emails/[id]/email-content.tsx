"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import type { MouseEvent } from "react";

import { Failed } from "@/components/data/failed";
import { HeaderTable } from "@/components/mail/header-table";
import { PreviewFrame } from "@/components/mail/preview-frame";
import { useShortcut } from "@/components/shell/shortcuts";
import { CodeBox } from "@/components/ui/code-box";
import { browserApi } from "@/lib/api/browser";
import { asksElsewhere } from "@/lib/preview";
import { type Email, emails } from "@/lib/queries/emails";

const TABS = ["preview", "text", "source", "headers"] as const;
type Tab = (typeof TABS)[number];
const NAMES: Record<Tab, string> = { preview: "Preview", text: "Text", source: "Source", headers: "Headers" };

/** What was in the mail. The tab stands in the URL. */
export function EmailContent({ email }: { email: Email }) {
  const first: Tab = email.html === null ? "text" : "preview";
  const [chosen, setTab] = useQueryState("tab", parseAsStringLiteral(TABS));
  const tab = chosen ?? first;
  useShortcut("tab1", () => setTab("preview"));
  useShortcut("tab2", () => setTab("text"));
  useShortcut("tab3", () => setTab("source"));
  useShortcut("tab4", () => setTab("headers"));
  const press = (event: MouseEvent, one: Tab) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    void setTab(one);
  };
  return (
    <section aria-label="Content" className="mt-6">
      <nav aria-label="Content" className="flex overflow-x-auto border-b">
        {TABS.map((one, index) => (
          <a
            key={one}
            href={`?tab=${one}`}
            onClick={(event) => press(event, one)}
            aria-current={tab === one ? "true" : undefined}
            className={`tab -mb-px flex h-10 items-center gap-1.5 border-b-2 px-3 text-control -outline-offset-2 pointer-coarse:h-11 ${
              tab === one ? "border-accent font-medium text-text" : "border-transparent text-text-2 hover:text-text"
            }`}
          >
            <kbd aria-hidden className="font-mono text-meta text-text-3 max-sm:hidden">
              {index + 1}
            </kbd>
            {NAMES[one]}
          </a>
        ))}
      </nav>
      <div className="pt-4">
        {tab === "preview" ? <Preview email={email} /> : null}
        {tab === "text" ? <Text text={email.text} /> : null}
        {tab === "source" || tab === "headers" ? <Raw id={email.id} tab={tab} /> : null}
      </div>
    </section>
  );
}

function Preview({ email }: { email: Email }) {
  if (email.html === null) return <p className="py-8 text-text-2">This mail has no HTML part. Its text is under 2.</p>;
  return <PreviewFrame key={email.id} src={`/preview/email/${email.id}`} remote={asksElsewhere(email.html)} />;
}

function Text({ text }: { text: string | null }) {
  if (text === null) return <p className="py-8 text-text-2">This mail has no text part of its own.</p>;
  return (
    <pre dir="auto" className="whitespace-pre-wrap rounded-card border bg-surface p-4 font-mono text-control [overflow-wrap:anywhere]">
      {text}
    </pre>
  );
}

function Raw({ id, tab }: { id: string; tab: "source" | "headers" }) {
  const source = useQuery(emails(browserApi).source(id));
  if (source.error && !source.data) return <Failed error={source.error} what="The source" retry={() => source.refetch()} />;
  if (!source.data) {
    return (
      <p role="status" className="after-a-moment py-8 text-text-2">
        Reading the source…
      </p>
    );
  }
  const { text, cut } = source.data;
  if (tab === "headers") return <HeaderTable source={text} />;
  return (
    <>
      <CodeBox name="Source" what="the source" text={text} className="max-h-[70dvh]" />
      {cut ? <p className="mt-2 text-control text-text-2">This is the first 256 KB; the rest is in the download.</p> : null}
    </>
  );
}
