import type { ComponentProps } from "react";

const LOOKS = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover border-transparent",
  plain: "border-edge text-text hover:bg-hover",
  quiet: "border-transparent text-text-2 hover:bg-hover hover:text-text",
};

/** A button. One primary a page. */
export function Button({ look = "plain", className = "", ...props }: ComponentProps<"button"> & { look?: keyof typeof LOOKS }) {
  return (
    <button
      type="button"
      className={`inline-flex min-h-8 items-center justify-center gap-1.5 whitespace-nowrap rounded-control border px-3 text-control font-medium transition-colors duration-120 disabled:opacity-60 pointer-coarse:min-h-11 ${LOOKS[look]} ${className}`}
      {...props}
    />
  );
}
