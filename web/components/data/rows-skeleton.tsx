/** Rows of the true height that are still to come. */
export function RowsSkeleton() {
  return (
    <div role="status" className="after-a-moment overflow-hidden rounded-card border bg-surface">
      <span className="sr-only">Loading…</span>
      {[..."abcdefghij"].map((row) => (
        <div key={row} aria-hidden className="flex h-[41px] items-center gap-6 border-b px-4 last:border-b-0">
          <span className="h-3 w-28 rounded-chip bg-hover" />
          <span className="h-3 flex-1 rounded-chip bg-hover" />
          <span className="h-3 flex-[1.5] rounded-chip bg-hover max-md:hidden" />
          <span className="h-3 w-16 rounded-chip bg-hover" />
        </div>
      ))}
    </div>
  );
}
