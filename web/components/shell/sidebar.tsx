"use client";

import { ChevronsUpDown, Keyboard, PanelLeft } from "lucide-react";
import { usePathname } from "next/navigation";

import { Logo } from "@/components/shell/logo";
import { Icon } from "@/components/ui/icon";
import { Link } from "@/components/ui/link";
import { PAGES } from "@/lib/nav";

interface Props {
  team: string | null;
  narrow: boolean;
  fold: () => void;
  showKeys: () => void;
  showTeams: () => void;
}

/** The pages, grouped; the current one is a stop on the line. On a tablet it is always folded. */
export function Sidebar({ team, narrow, fold, showKeys, showTeams }: Props) {
  const path = usePathname();
  const groups = [...new Set(PAGES.map((page) => page.group))];
  const wide = narrow ? "hidden" : "max-lg:hidden";
  const said = narrow ? "sr-only" : "max-lg:sr-only";
  return (
    <aside
      className={`sticky top-0 hidden h-dvh w-14 shrink-0 flex-col border-r bg-surface md:flex ${narrow ? "" : "lg:w-58"}`}
    >
      <div className="flex h-12 items-center overflow-hidden border-b px-4">
        <Logo said={said} />
      </div>
      {team ? (
        <button
          type="button"
          aria-haspopup="dialog"
          onClick={showTeams}
          title={team}
          className={`mx-2 mt-2 flex h-8 items-center gap-1.5 rounded-control px-2 text-control font-medium hover:bg-hover ${wide}`}
        >
          <span className="sr-only">Team: </span>
          <span className="truncate">{team}</span>
          <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-text-3" />
          <kbd aria-hidden className="ml-auto font-mono text-meta text-text-3">
            t
          </kbd>
        </button>
      ) : null}
      <nav aria-label="Pages" className="flex-1 overflow-y-auto px-2 py-3">
        {groups.map((group) => (
          <div key={group} className="mb-4">
            <h2 className={`px-2 pb-1 text-meta font-medium text-text-3 ${wide}`}>{group}</h2>
            <ul className="ml-2 border-l">
              {PAGES.filter((page) => page.group === group).map((page) => {
                const here = path.startsWith(page.href);
                return (
                  <li key={page.href} className="relative">
                    {here ? (
                      <span aria-hidden className="nav-stop absolute -left-[4.5px] top-1/2 size-2 -translate-y-1/2 rounded-full bg-accent" />
                    ) : null}
                    <Link
                      href={page.href}
                      aria-current={here ? "page" : undefined}
                      title={`${page.name} (g ${page.key})`}
                      className={`ml-2 flex h-8 items-center gap-2 rounded-control px-2 text-control ${
                        here ? "bg-selected font-medium text-text" : "text-text-2 hover:bg-hover hover:text-text"
                      }`}
                    >
                      <Icon name={page.icon} className="size-4" />
                      <span className={`flex-1 ${said}`}>{page.name}</span>
                      <kbd aria-hidden className={`font-mono text-meta text-text-3 ${wide}`}>
                        g {page.key}
                      </kbd>
                    </Link>
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
      </nav>
      <div className={`flex border-t p-2 max-lg:flex-col ${narrow ? "flex-col" : ""}`}>
        <FootButton label={narrow ? "Unfold the sidebar ([)" : "Fold the sidebar ([)"} press={fold} className="max-lg:hidden">
          <PanelLeft aria-hidden className="size-4" />
        </FootButton>
        <FootButton label="Show every shortcut (?)" press={showKeys}>
          <Keyboard aria-hidden className="size-4" />
        </FootButton>
      </div>
    </aside>
  );
}

interface FootProps {
  label: string;
  press: () => void;
  className?: string;
  children: React.ReactNode;
}

function FootButton({ label, press, className = "", children }: FootProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={press}
      className={`grid size-8 place-items-center rounded-control text-text-3 hover:bg-hover hover:text-text ${className}`}
    >
      {children}
    </button>
  );
}

/** The same on a phone. */
export function BottomBar() {
  const path = usePathname();
  return (
    <nav aria-label="Pages" className="fixed inset-x-0 bottom-0 z-20 flex border-t bg-surface short:static md:hidden">
      {PAGES.map((page) => (
        <Link
          key={page.href}
          href={page.href}
          aria-current={path.startsWith(page.href) ? "page" : undefined}
          className={`flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-meta ${
            path.startsWith(page.href) ? "font-medium text-accent" : "text-text-2"
          }`}
        >
          <Icon name={page.icon} className="size-5" />
          {page.name}
        </Link>
      ))}
    </nav>
  );
}
