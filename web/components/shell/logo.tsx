/** The Route folded into an envelope's flap, and the name. */
export function Logo({ className = "", said = "" }: { className?: string; said?: string }) {
  return (
    <span className={`inline-flex items-center gap-2 font-semibold ${className}`}>
      <svg viewBox="0 0 22 18" aria-hidden className="h-[18px] w-[22px] shrink-0" fill="none">
        <path d="M2.5 4v11.5h17V4" className="stroke-edge" strokeWidth="1.5" strokeLinejoin="round" />
        <path d="M2.5 4 11 10.5 19.5 4" className="stroke-accent" strokeWidth="1.75" strokeLinejoin="round" />
        <circle cx="2.5" cy="4" r="2" className="fill-accent" />
        <circle cx="11" cy="10.5" r="2" className="fill-accent" />
        <circle cx="19.5" cy="4" r="1.75" className="fill-bg stroke-accent" strokeWidth="1.25" />
      </svg>
      <span className={said}>MailIt</span>
    </span>
  );
}
