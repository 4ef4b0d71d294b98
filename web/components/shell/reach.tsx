"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useCallback, useContext } from "react";

import { announce } from "@/components/shell/announce";
import { browserApi } from "@/lib/api/browser";
import { ApiError } from "@/lib/api/error";
import { system } from "@/lib/queries/system";

const ReachContext = createContext<() => boolean>(() => true);

/** Asks whether another page could be had now. Where not, Next.js would leave this one for the browser's own error. */
export const useReach = () => useContext(ReachContext);

/** Goes to a page where one can. */
export function useGo(): (href: string) => void {
  const router = useRouter();
  const reach = useReach();
  return (href) => {
    if (reach()) router.push(href);
  };
}

/** Knows whether this host is there by what it said last of its own accord. */
export function ReachProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const reach = useCallback(() => {
    const { queryKey } = system(browserApi).ready();
    const said = queries.getQueryState(queryKey)?.error;
    if (navigator.onLine && !(said instanceof ApiError && said.status === 0)) return true;
    announce("MailIt can’t be reached: no other page can be opened now.");
    // It may be back, and the next try then goes on.
    void queries.invalidateQueries({ queryKey });
    return false;
  }, [queries]);
  return <ReachContext value={reach}>{children}</ReachContext>;
}
