"use client";

import { Check, Copy as CopyIcon, X } from "lucide-react";
import { useState } from "react";

import { announce } from "@/components/shell/announce";

/** Puts a text on the clipboard; on plain HTTP, or where the browser refuses it to a script, by the old way. Gives whether it is there. */
export async function copied(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    const taken = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (taken) return true;
  }
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "sr-only";
  // Inside an open dialog nothing outside it can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/** The same, and says what came of it to those who listen. */
export async function copiedAloud(text: string, what: string): Promise<boolean> {
  const done = await copied(text);
  announce(done ? `Copied ${what}` : `The browser does not let ${what} be copied`);
  return done;
}

/** A button that copies, and says so, or that it could not. */
export function Copy({ text, what, className = "" }: { text: string; what: string; className?: string }) {
  const [done, setDone] = useState<boolean | null>(null);
  const copy = async () => {
    setDone(await copiedAloud(text, what));
    setTimeout(() => setDone(null), 1600);
  };
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      className={`inline-grid size-6 shrink-0 place-items-center rounded-chip text-text-3 hover:bg-hover hover:text-text pointer-coarse:size-11 ${className}`}
    >
      {done === null ? (
        <CopyIcon aria-hidden className="size-3.5" />
      ) : done ? (
        <Check aria-hidden className="size-3.5 text-good" />
      ) : (
        <X aria-hidden className="size-3.5 text-bad" />
      )}
    </button>
  );
}
