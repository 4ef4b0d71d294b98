import { begin } from "@/lib/begin";

/** Joins a team by an invitation, and signs in to it. */
export function POST(request: Request): Promise<Response> {
  return begin(request, "/auth/accept-invite");
}
