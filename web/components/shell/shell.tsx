"use client";

import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";

import { Announcements } from "@/components/shell/announce";
import { AwayStrip } from "@/components/shell/away-strip";
import { LiveProvider } from "@/components/shell/live";
import { ReachProvider } from "@/components/shell/reach";
import { SandboxStrip } from "@/components/shell/sandbox-strip";
import { Shortcuts, useShortcut } from "@/components/shell/shortcuts";
import { BottomBar, Sidebar } from "@/components/shell/sidebar";
import { TopBar } from "@/components/shell/top-bar";
import { TurnedStrip } from "@/components/shell/turned";
import type { Session } from "@/lib/session";
import type { Theme } from "@/lib/theme";

const ShortcutSheet = dynamic(() => import("@/components/shell/shortcut-sheet").then((it) => it.ShortcutSheet), {
  ssr: false,
});

const TeamDialog = dynamic(() => import("@/components/shell/team-dialog").then((it) => it.TeamDialog), { ssr: false });

interface Props {
  session: Session | null;
  /** Whose pages these are, as the token says. */
  whose: string | null;
  theme: Theme;
  folded: boolean;
  insecure: boolean;
  children: ReactNode;
}

/** The frame of every page: navigation, what is true of the whole installation, and the page. */
export function Shell(props: Props) {
  return (
    <ReachProvider>
      <Shortcuts>
        <LiveProvider>
          <Frame {...props} />
        </LiveProvider>
      </Shortcuts>
    </ReachProvider>
  );
}

function Frame({ session, whose, theme, folded, insecure, children }: Props) {
  const [narrow, setNarrow] = useState(folded);
  const [over, setOver] = useState<"sheet" | "team" | null>(null);
  const close = () => setOver(null);
  const fold = () => {
    document.cookie = `sidebar=${narrow ? "open" : "folded"}; path=/; max-age=31536000; samesite=lax`;
    setNarrow(!narrow);
  };
  useShortcut("sidebar", fold);
  useShortcut("sheet", () => setOver("sheet"));
  useShortcut("team", () => setOver("team"));
  return (
    <div className="flex min-h-dvh">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:fixed focus:left-4 focus:top-2 focus:z-50 focus:rounded-control focus:bg-raised focus:px-3 focus:py-2"
      >
        Skip to the page
      </a>
      <Sidebar
        team={session?.team.name ?? null}
        narrow={narrow}
        fold={fold}
        showKeys={() => setOver("sheet")}
        showTeams={() => setOver("team")}
      />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar session={session} theme={theme} insecure={insecure} showTeams={() => setOver("team")} />
        <SandboxStrip />
        <TurnedStrip team={session?.team.name ?? null} />
        <AwayStrip />
        <main
          id="page"
          data-whose={whose ?? undefined}
          tabIndex={-1}
          className="mx-auto w-full max-w-[1328px] flex-1 px-4 pb-24 pt-5 outline-none sm:px-6 sm:pb-12"
        >
          {children}
        </main>
        <BottomBar />
      </div>
      <Announcements />
      {over === "sheet" ? <ShortcutSheet close={close} /> : null}
      {over === "team" ? <TeamDialog close={close} /> : null}
    </div>
  );
}
