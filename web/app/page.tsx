import { redirect } from "next/navigation";

import { PAGES } from "@/lib/nav";

/** The first page there is. */
export default function Home() {
  redirect(PAGES[0]?.href ?? "/emails");
}
