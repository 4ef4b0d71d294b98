"use client";

import { useQuery } from "@tanstack/react-query";
import { Monitor, Moon, Sun } from "lucide-react";
import { usePathname } from "next/navigation";
import { useState } from "react";

import { Account } from "@/components/shell/account";
import { announce } from "@/components/shell/announce";
import { Health } from "@/components/shell/health";
import { Logo } from "@/components/shell/logo";
import { Link } from "@/components/ui/link";
import { browserApi } from "@/lib/api/browser";
import { PAGES } from "@/lib/nav";
import { subjectSeen } from "@/lib/format";
import { emails } from "@/lib/queries/emails";
import type { Session } from "@/lib/session";
import { type Theme, THEMES } from "@/lib/theme";

interface Props {
  session: Session | null;
  theme: Theme;
  insecure: boolean;
  showTeams: () => void;
}

/** Where one is, the theme, how it goes, who one is. */
export function TopBar({ session, theme, insecure, showTeams }: Props) {
  return (
    <header className="sticky top-0 z-10 flex h-12 items-center gap-2 border-b bg-bg px-4 short:static sm:px-6">
      <Logo className="md:hidden" />
      <Crumbs />
      <div className="ml-auto flex items-center gap-1">
        <ThemeButton theme={theme} />
        <Health insecure={insecure} operator={session?.user.operator ?? false} />
        <Account session={session} showTeams={showTeams} />
      </div>
    </header>
  );
}

function Crumbs() {
  const path = usePathname();
  const page = PAGES.find((one) => path.startsWith(one.href));
  const id = page?.href === "/emails" ? path.split("/")[2] : undefined;
  const { data } = useQuery({ ...emails(browserApi).one(id ?? ""), enabled: false });
  if (!page) return null;
  return (
    <nav aria-label="Breadcrumb" className="hidden min-w-0 text-control text-text-2 md:block">
      <ol className="flex min-w-0 items-center gap-2">
        <li>
          {id ? (
            <Link href={page.href} className="hover:text-text">
              {page.name}
            </Link>
          ) : (
            <span aria-current="page">{page.name}</span>
          )}
        </li>
        {id ? (
          <>
            <li aria-hidden className="text-text-3">
              /
            </li>
            <li className="min-w-0 truncate text-text" aria-current="page">
              <bdi>{data ? (subjectSeen(data.subject) ?? "(no subject)") : "One email"}</bdi>
            </li>
          </>
        ) : null}
      </ol>
    </nav>
  );
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

function ThemeButton({ theme: first }: { theme: Theme }) {
  const [theme, setTheme] = useState(first);
  const Drawn = THEME_ICONS[theme];
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const change = () => {
    document.documentElement.dataset.theme = next;
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
    setTheme(next);
    announce(`Theme: ${next}`);
  };
  return (
    <button
      type="button"
      onClick={change}
      aria-label={`Theme: ${theme}. Change to ${next}`}
      title={`Theme: ${theme}`}
      className="grid size-8 place-items-center rounded-control text-text-2 hover:bg-hover hover:text-text pointer-coarse:size-11"
    >
      <Drawn aria-hidden className="size-4" />
    </button>
  );
}
