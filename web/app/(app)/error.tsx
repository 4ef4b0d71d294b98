"use client";

import { Button } from "@/components/ui/button";

/** A page that failed; the shell stays. After an update the parts of an old page are gone: only a reload mends that. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  const updated = error.name === "ChunkLoadError" || /loading chunk|dynamically imported module/i.test(error.message);
  return (
    <div className="py-16 text-center">
      <h1 className="text-lead font-medium">{updated ? "MailIt was updated." : "This page failed."}</h1>
      <p className="mt-2 text-text-2">
        {updated ? "This tab is from before the update." : "Your mail is not touched by this: it goes on in the daemon."}
      </p>
      <Button className="mt-4" onClick={() => (updated ? window.location.reload() : reset())}>
        {updated ? "Reload" : "Try again"}
      </Button>
    </div>
  );
}
