import type { ReactNode } from "react";

import { Link } from "@/components/ui/link";

/** A link within a sentence. */
export function TextLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="rounded-chip text-accent underline underline-offset-4 hover:text-accent-hover">
      {children}
    </Link>
  );
}
