/** The pages, in the sidebar's order: its links, the `g` keys and the shortcut sheet follow from here. */
export interface Page {
  href: string;
  name: string;
  group: string;
  icon: "mail";
  /** What comes after `g`. */
  key: string;
}

export const PAGES: readonly Page[] = [{ href: "/emails", name: "Emails", group: "Mail", icon: "mail", key: "e" }];
