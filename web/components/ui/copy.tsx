"use client";

import { Check, Copy as CopyIcon } from "lucide-react";
import { useState } from "react";

import { announce } from "@/components/shell/announce";

/** Puts a text on the clipboard; on plain HTTP, where there is no clipboard to a script, by the old way. */
export async function copied(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "sr-only";
  // Inside an open dialog nothing outside it can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A button that copies, and says so. */
export function Copy({ text, what, className = "" }: { text: string; what: string; className?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copied(text);
    setDone(true);
    announce(`Copied ${what}`);
    setTimeout(() => setDone(false), 1600);
  };
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      className={`inline-grid size-6 shrink-0 place-items-center rounded-chip text-text-3 hover:bg-hover hover:text-text pointer-coarse:size-11 ${className}`}
    >
      {done ? <Check aria-hidden className="size-3.5 text-good" /> : <CopyIcon aria-hidden className="size-3.5" />}
    </button>
  );
}
