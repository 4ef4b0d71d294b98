import { PAGES } from "./nav";

/** A key and what it does. `scope` names where. */
export interface Shortcut {
  keys: string;
  does: string;
  scope: string;
}

/** Every shortcut there is: the sheet shows them, and nothing else listens. */
export const SHORTCUTS = {
  sheet: { keys: "?", does: "Show every shortcut", scope: "Everywhere" },
  sidebar: { keys: "[", does: "Fold the sidebar", scope: "Everywhere" },
  team: { keys: "t", does: "Switch the team", scope: "Everywhere" },
  refresh: { keys: "r", does: "Refresh", scope: "Everywhere" },
  filter: { keys: "/", does: "Filter", scope: "Lists" },
  next: { keys: "j", does: "Next row or mail", scope: "Lists and mails" },
  previous: { keys: "k", does: "Previous row or mail", scope: "Lists and mails" },
  open: { keys: "Enter", does: "Open the row", scope: "Lists" },
  newest: { keys: "n", does: "Show what is new", scope: "Lists" },
  copy: { keys: "y", does: "Copy the id", scope: "Lists and mails" },
  up: { keys: "u", does: "Up to the list", scope: "Mails" },
  tab1: { keys: "1", does: "Preview", scope: "Mails" },
  tab2: { keys: "2", does: "Text", scope: "Mails" },
  tab3: { keys: "3", does: "Source", scope: "Mails" },
  tab4: { keys: "4", does: "Headers", scope: "Mails" },
} as const satisfies Record<string, Shortcut>;

export type ShortcutName = keyof typeof SHORTCUTS;

/** The shortcuts by where they work, pages included. */
export function sheet(): Map<string, Shortcut[]> {
  const groups = new Map<string, Shortcut[]>();
  const pages = PAGES.map((page) => ({ keys: `g ${page.key}`, does: page.name, scope: "Go to" }));
  for (const one of [...pages, ...Object.values(SHORTCUTS)]) {
    groups.set(one.scope, [...(groups.get(one.scope) ?? []), one]);
  }
  return groups;
}

/** What a key press means: a page to go to, a shortcut, the first half of one, or nothing. */
export function meaning(pending: string, key: string): { page: string } | { shortcut: ShortcutName } | "pending" | null {
  if (pending === "g") {
    const page = PAGES.find((one) => one.key === key);
    return page ? { page: page.href } : null;
  }
  if (key === "g") return "pending";
  for (const [name, one] of Object.entries(SHORTCUTS)) if (one.keys === key && isName(name)) return { shortcut: name };
  return null;
}

function isName(name: string): name is ShortcutName {
  return name in SHORTCUTS;
}
