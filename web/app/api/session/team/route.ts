import { begin } from "@/lib/begin";

/** Turns the session to another of one's teams. */
export function POST(request: Request): Promise<Response> {
  return begin(request, "/auth/team");
}
