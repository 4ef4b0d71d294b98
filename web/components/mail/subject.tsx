import { subjectSeen } from "@/lib/format";

/** A mail's subject, or that nothing is to be seen of one. */
export function Subject({ of }: { of: string }) {
  const seen = subjectSeen(of);
  return seen === null ? <span className="text-text-2">(no subject)</span> : <bdi>{seen}</bdi>;
}
