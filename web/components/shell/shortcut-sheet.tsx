"use client";

import { X } from "lucide-react";
import { useEffect, useRef } from "react";

import { sheet } from "@/lib/keys";

/** Every shortcut there is, from the registry that listens. */
export function ShortcutSheet({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current.close();
      }}
      aria-labelledby="shortcuts"
      className="m-auto max-h-[80dvh] w-[min(640px,calc(100vw-32px))] rounded-dialog border bg-raised p-0 text-text shadow-float"
    >
      <div className="p-6">
        <div className="mb-4 flex items-center justify-between">
          <h2 id="shortcuts" className="text-title font-semibold">
            Shortcuts
          </h2>
          <button
            type="button"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
            className="grid size-8 place-items-center rounded-control text-text-2 hover:bg-hover pointer-coarse:size-11"
          >
            <X aria-hidden className="size-4" />
          </button>
        </div>
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
      </div>
    </dialog>
  );
}
