"use client";

import "@/styles/base.css";

/** What is left when even the frame fails. */
export default function GlobalError({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en" data-theme="system">
      <body>
        <main className="mx-auto max-w-[640px] px-6 py-16">
          <h1 className="text-lead font-medium">The dashboard failed.</h1>
          <p className="mt-2 text-text-2">Your mail is not touched by this: it goes on in the daemon.</p>
          <button type="button" onClick={reset} className="mt-4 rounded-control border border-edge px-3 py-1.5">
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
