"use client";

import { Dialog } from "@/components/ui/dialog";
import { sheet } from "@/lib/keys";

/** Every shortcut there is, from the registry that listens. */
export function ShortcutSheet({ close }: { close: () => void }) {
  return (
    <Dialog title="Shortcuts" close={close} wide>
      <div className="grid gap-6 sm:grid-cols-2">
        {[...sheet()].map(([scope, all]) => (
          <section key={scope} aria-label={scope}>
            <h3 className="mb-2 text-meta font-medium text-text-2">{scope}</h3>
            <ul className="grid gap-1">
              {all.map((one) => (
                <li key={one.keys} className="flex items-center justify-between gap-4 text-control">
                  {one.does}
                  <kbd className="rounded-chip border bg-code px-1.5 font-mono text-meta">{one.keys}</kbd>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
