"use client";

import { useState } from "react";

/** A mail's HTML in a frame without rights. It is drawn on white: mails are written for it. */
export function PreviewFrame({ src }: { src: string }) {
  const [narrow, setNarrow] = useState(false);
  return (
    <>
      <div role="group" aria-label="Width" className="mb-3 flex gap-1 max-sm:hidden">
        {[false, true].map((one) => (
          <button
            key={String(one)}
            type="button"
            aria-pressed={narrow === one}
            onClick={() => setNarrow(one)}
            className={`h-7 rounded-control border px-2.5 text-control ${
              narrow === one ? "border-edge bg-selected font-medium" : "border-transparent text-text-2 hover:bg-hover"
            }`}
          >
            {one ? "Mobile" : "Desktop"}
          </button>
        ))}
      </div>
      <iframe
        src={src}
        sandbox=""
        referrerPolicy="no-referrer"
        title="The mail as it looks"
        className={`h-[60dvh] min-h-80 rounded-card border bg-white scheme-light ${narrow ? "w-[375px] max-w-full" : "w-full"}`}
      />
    </>
  );
}
