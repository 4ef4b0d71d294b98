"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { usePathname } from "next/navigation";
import { useState } from "react";

import { announce } from "@/components/shell/announce";
import { Health } from "@/components/shell/health";
import { Logo } from "@/components/shell/logo";
import { Link } from "@/components/ui/link";
import { browserApi } from "@/lib/api/browser";
import { apiError } from "@/lib/api/error";
import { PAGES } from "@/lib/nav";
import { emails } from "@/lib/queries/emails";
import type { Session } from "@/lib/session";
import { type Theme, THEMES } from "@/lib/theme";

/** Where one is, the theme, how it goes, who one is. */
export function TopBar({ session, theme, insecure }: { session: Session | null; theme: Theme; insecure: boolean }) {
  return (
    <header className="sticky top-0 z-10 flex h-12 items-center gap-2 border-b bg-bg px-4 sm:px-6">
      <Logo className="md:hidden" />
      <Crumbs />
      <div className="ml-auto flex items-center gap-1">
        <ThemeButton theme={theme} />
        <Health insecure={insecure} />
        <Account session={session} />
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
              <bdi>{data ? data.subject || "(no subject)" : "One email"}</bdi>
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

function Account({ session }: { session: Session | null }) {
  const queries = useQueryClient();
  const [fault, setFault] = useState<string | null>(null);
  const name = session?.user.name || session?.user.email || "";
  const initials =
    name
      .split(/[\s@.]+/)
      .map((part) => [...part][0] ?? "")
      .slice(0, 2)
      .join("")
      .toUpperCase() || "?";
  const signOut = async () => {
    try {
      const answer = await fetch("/api/session", { method: "DELETE", headers: { "X-MailIt": "1" } });
      if (!answer.ok) throw await apiError(answer);
      queries.clear();
      window.location.assign("/sign-in");
    } catch (error) {
      setFault(error instanceof Error ? error.message : "The session could not be ended.");
    }
  };
  return (
    <>
      <button
        type="button"
        popoverTarget="account"
        aria-label="Account"
        className="grid size-8 place-items-center rounded-full bg-selected text-meta font-semibold text-accent hover:bg-hover pointer-coarse:size-11"
      >
        {initials}
      </button>
      <div
        id="account"
        popover="auto"
        className="fixed inset-auto right-4 top-12 m-0 w-64 rounded-card border bg-raised p-1 text-text shadow-float"
      >
        <div className="border-b px-3 py-2">
          <p className="truncate font-medium">{session?.user.name || "Signed in"}</p>
          <p className="truncate font-mono text-meta text-text-2">{session?.user.email ?? "not verified just now"}</p>
          {session ? (
            <p className="mt-1 truncate text-meta text-text-2">
              {session.team.name} · {session.role}
            </p>
          ) : null}
        </div>
        <button
          type="button"
          onClick={signOut}
          className="mt-1 flex h-9 w-full items-center gap-2 rounded-control px-3 text-control hover:bg-hover pointer-coarse:h-11"
        >
          <LogOut aria-hidden className="size-4" />
          Sign out
        </button>
        {fault ? (
          <p role="alert" className="px-3 py-2 text-meta text-bad">
            {fault}
          </p>
        ) : null}
      </div>
    </>
  );
}
