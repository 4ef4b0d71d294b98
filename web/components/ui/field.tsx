import { type ComponentProps, type ReactNode, useId } from "react";

interface Props extends ComponentProps<"input"> {
  label: string;
  /** What stands at the label's right. */
  action?: ReactNode;
  hint?: string;
  /** What is wrong with what was entered. */
  fault?: string;
}

/** A labelled text field. */
export function Field({ label, action, hint, fault, ...props }: Props) {
  const id = useId();
  return (
    <div className="grid grid-cols-[1fr_auto] items-baseline gap-1">
      <label htmlFor={id} className="text-control font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault || hint ? `${id}-said` : undefined}
        className="col-span-2 row-start-2 h-10 w-full min-w-0 rounded-control border border-edge bg-surface px-3 text-prose aria-invalid:border-bad pointer-coarse:h-11"
        {...props}
      />
      {/* After the field for those who tab, beside its label for the eye. */}
      {action ? <div className="col-start-2 row-start-1">{action}</div> : null}
      {fault || hint ? (
        <p id={`${id}-said`} role={fault ? "alert" : undefined} className={`col-span-2 row-start-3 text-meta ${fault ? "text-bad" : "text-text-2"}`}>
          {fault ?? hint}
        </p>
      ) : null}
    </div>
  );
}
