"use client";

import { createContext, useContext } from "react";

import { Button } from "@/components/ui/button";

/** Whether the session is another account's or team's by now than the one whose page this tab shows. */
export const TurnedContext = createContext(false);

export const useTurned = () => useContext(TurnedContext);

/** Says so, and that nothing of the other is shown here; what is on the page stays until it is left. */
export function TurnedStrip({ team }: { team: string | null }) {
  const turned = useTurned();
  // The page stays the same kind; what it showed of this team goes.
  const goOn = () => window.location.assign(`/${window.location.pathname.split("/")[1] ?? ""}`);
  return (
    <div role="status">
      {turned ? (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b bg-bad-tint px-4 py-2 text-control text-bad sm:px-6">
          <p className="min-w-0 [overflow-wrap:anywhere]">
            In another tab you turned to another team or account. What you see here is {team ? `${team}’s` : "the other’s"}, and no
            longer changes.
          </p>
          <Button onClick={goOn}>Go on with the new one</Button>
        </div>
      ) : null}
    </div>
  );
}
