"use client";

import { useState } from "react";

import { Chip } from "@/components/ui/chip";
import { emailStatus } from "@/lib/status";

/** A mail's state; it glows once when it changes while it is looked at. */
export function LiveChip({ state }: { state: string }) {
  const [first] = useState(state);
  const [changed, setChanged] = useState(false);
  if (state !== first && !changed) setChanged(true);
  return (
    <span key={state} className={`inline-flex ${changed ? "glow rounded-chip" : ""}`}>
      <Chip status={emailStatus(state)} />
    </span>
  );
}
