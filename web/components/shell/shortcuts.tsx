"use client";

import { createContext, type ReactNode, useContext, useEffect, useLayoutEffect, useRef, useState } from "react";

import { useGo } from "@/components/shell/reach";
import { meaning, type ShortcutName } from "@/lib/keys";

type Deed = () => void;

const ShortcutContext = createContext<Map<ShortcutName, Deed[]>>(new Map());

/** Listens for the keys of lib/keys.ts; off in fields and in dialogs. */
export function Shortcuts({ children }: { children: ReactNode }) {
  const go = useGo();
  const latest = useRef(go);
  useLayoutEffect(() => {
    latest.current = go;
  });
  const [deeds] = useState(() => new Map<ShortcutName, Deed[]>());

  useEffect(() => {
    let pending = "";
    let forget: ReturnType<typeof setTimeout> | undefined;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || inField(event)) return;
      const found = meaning(pending, event.key);
      clearTimeout(forget);
      pending = "";
      if (found === null) return;
      if (found === "pending") {
        pending = event.key;
        forget = setTimeout(() => {
          pending = "";
        }, 1500);
        return;
      }
      if ("page" in found) {
        event.preventDefault();
        latest.current(found.page);
        return;
      }
      const deed = deeds.get(found.shortcut)?.at(-1);
      if (!deed) return;
      // Enter on a link or a button is that link's or button's.
      if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary")) return;
      event.preventDefault();
      deed();
    };
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
      clearTimeout(forget);
    };
  }, [deeds]);

  return <ShortcutContext value={deeds}>{children}</ShortcutContext>;
}

/** Does something at a key, while the component is there. The latest to ask has it. */
export function useShortcut(name: ShortcutName, deed: Deed): void {
  const deeds = useContext(ShortcutContext);
  const latest = useRef(deed);
  // In the same commit: the next key may come before the effects do.
  useLayoutEffect(() => {
    latest.current = deed;
  });
  useLayoutEffect(() => {
    const mine = () => latest.current();
    deeds.set(name, [...(deeds.get(name) ?? []), mine]);
    return () => {
      deeds.set(name, (deeds.get(name) ?? []).filter((one) => one !== mine));
    };
  }, [deeds, name]);
}

function inField(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  return target.closest("input, textarea, select, [contenteditable], dialog[open], [popover]:popover-open") !== null;
}
