import { headersOf } from "@/lib/headers";

const MARKED: Record<string, string> = {
  "dkim-signature": "signature",
  "list-unsubscribe": "unsubscribe",
  "list-unsubscribe-post": "unsubscribe",
};

/** The head of the message, field by field, in its order. */
export function HeaderTable({ source }: { source: string }) {
  return (
    <dl className="divide-y overflow-hidden rounded-card border bg-surface">
      {headersOf(source).map(({ name, value }, index) => (
        // Fields repeat and never move: their place is their name.
        <div key={index} className="grid gap-x-4 px-4 py-2 sm:grid-cols-[200px_1fr]">
          <dt className="font-mono text-control font-medium [overflow-wrap:anywhere]">
            {name}
            {MARKED[name.toLowerCase()] ? (
              <span className="ml-2 rounded-chip bg-info-tint px-1.5 font-sans text-meta text-info">
                {MARKED[name.toLowerCase()]}
              </span>
            ) : null}
          </dt>
          <dd className="font-mono text-control text-text-2 [overflow-wrap:anywhere]">
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
