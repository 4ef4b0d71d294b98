/** The request header by which a tab says whose page it shows. */
export const WHOSE_HEADER = "x-mailit-whose";

/** What the dashboard answers in place of what belongs to another account or team than the tab shows. */
export const OTHER_SESSION = "other_session";

/** Whose page this tab shows, as the shell's `main` says; null where there is no shell. The cookie may be another's by now. */
export function whose(): string | null {
  return document.getElementById("page")?.dataset.whose ?? null;
}
