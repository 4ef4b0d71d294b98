"use client";

import { ImageOff } from "lucide-react";
import { useState } from "react";

import { Button } from "@/components/ui/button";

/** A mail's HTML in a frame without rights. It is drawn on white: mails are written for it. */
export function PreviewFrame({ src, remote }: { src: string; remote: boolean }) {
  const [narrow, setNarrow] = useState(false);
  const [shown, setShown] = useState(false);
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <div role="group" aria-label="Width" className="flex gap-1 max-sm:hidden">
          {[false, true].map((one) => (
            <button
              key={String(one)}
              type="button"
              aria-pressed={narrow === one}
              onClick={() => setNarrow(one)}
              className={`switch h-7 rounded-control border px-2.5 text-control ${
                narrow === one ? "border-edge bg-selected font-medium" : "border-transparent text-text-2 hover:bg-hover"
              }`}
            >
              {one ? "Mobile" : "Desktop"}
            </button>
          ))}
        </div>
        {remote && !shown ? (
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-control text-text-2">
            <span className="inline-flex items-center gap-1.5">
              <ImageOff aria-hidden className="size-4" />
              Pictures from elsewhere are not loaded.
            </span>
            <Button onClick={() => setShown(true)}>Show remote images</Button>
          </p>
        ) : null}
      </div>
      <iframe
        src={shown ? `${src}?images=remote` : src}
        sandbox=""
        referrerPolicy="no-referrer"
        title="The mail as it looks"
        className={`h-[60dvh] min-h-80 rounded-card border bg-white scheme-light ${narrow ? "w-[375px] max-w-full" : "w-full"}`}
      />
    </>
  );
}
