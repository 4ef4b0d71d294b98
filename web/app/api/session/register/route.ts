import { begin } from "@/lib/begin";

/** Makes an account, and signs it in. */
export function POST(request: Request): Promise<Response> {
  return begin(request, "/auth/register");
}
