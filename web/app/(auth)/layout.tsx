import type { ReactNode } from "react";

import { Logo } from "@/components/shell/logo";

/** One narrow column, no shell. */
export default function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[400px] flex-col justify-center px-4 py-12">
      <Logo className="mb-6 text-title" />
      {children}
    </main>
  );
}
