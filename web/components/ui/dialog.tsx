"use client";

import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

/** A dialog over the page: Esc, a click beside it or its button close it, and the focus goes back to where it was. */
export function Dialog({ title, close, wide = false, children }: { title: string; close: () => void; wide?: boolean; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    // The dialog itself has the focus first, and not whatever comes first in it.
    if (!dialog.current?.querySelector("[autofocus]")) dialog.current?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      tabIndex={-1}
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current.close();
      }}
      aria-labelledby={name}
      className={`m-auto max-h-[80dvh] max-w-[calc(100vw-32px)] rounded-dialog border bg-raised p-0 text-text shadow-float outline-none ${wide ? "w-[640px]" : "w-[400px]"}`}
    >
      <div className="p-6">
        <div className="mb-4 flex items-center justify-between">
          <h2 id={name} className="text-title font-semibold">
            {title}
          </h2>
          <button
            type="button"
            aria-label="Close"
            onClick={() => dialog.current?.close()}
            className="-mr-2 grid size-8 place-items-center rounded-control text-text-2 hover:bg-hover pointer-coarse:size-11"
          >
            <X aria-hidden className="size-4" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
