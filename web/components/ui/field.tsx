import { type ComponentProps, type ReactNode, useId } from "react";

/** A labelled text field; `action` stands at the label's right. */
export function Field({ label, action, ...props }: ComponentProps<"input"> & { label: string; action?: ReactNode }) {
  const id = useId();
  return (
    <div className="grid gap-1">
      <div className="flex items-baseline justify-between">
        <label htmlFor={id} className="text-control font-medium">
          {label}
        </label>
        {action}
      </div>
      <input
        id={id}
        className="h-10 w-full min-w-0 rounded-control border border-edge bg-surface px-3 text-prose pointer-coarse:h-11"
        {...props}
      />
    </div>
  );
}
