import type { ReactNode } from "react";

import { Copy } from "@/components/ui/copy";

interface Props {
  /** What it is, in its bar and to those who listen. */
  name: string;
  /** What the copy button says that it copies. */
  what: string;
  text: string;
  children?: ReactNode;
  className?: string;
}

/** Text as it is, in a box that scrolls by itself; what can be done with it stands above it, and over no letter. */
export function CodeBox({ name, what, text, children, className = "" }: Props) {
  return (
    <div className="overflow-hidden rounded-card border bg-code">
      <div className="flex min-h-9 items-center gap-3 border-b px-4 text-meta text-text-2">
        <span className="min-w-0 flex-1 truncate">{children ?? name}</span>
        <Copy text={text} what={what} className="-mr-2" />
      </div>
      <pre tabIndex={0} aria-label={name} className={`overflow-auto p-4 font-mono text-control -outline-offset-2 ${className}`}>
        {text}
      </pre>
    </div>
  );
}
