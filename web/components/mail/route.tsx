import type { Stop } from "@/lib/status";

const AT = [6, 21, 36, 51, 66];

const TONES: Record<Stop, string> = {
  passed: "text-good",
  present: "text-good",
  waiting: "text-warn",
  failed: "text-bad",
  doubt: "text-warn",
  ahead: "text-edge",
};

/** A mail as a line with stops: Accepted, Queued, Handed over, Delivered, Opened. Shape tells, colour helps. */
export function Route({ stops, className = "" }: { stops: readonly Stop[]; className?: string }) {
  return (
    <svg viewBox="0 0 72 12" width="72" height="12" aria-hidden className={className} fill="none">
      {stops.slice(1).map((stop, index) => (
        <line
          key={AT[index]}
          x1={(AT[index] ?? 0) + 4}
          x2={(AT[index + 1] ?? 0) - 4}
          y1="6"
          y2="6"
          stroke="currentColor"
          strokeWidth="1.25"
          strokeDasharray={stop === "ahead" || stop === "waiting" ? "1.5 1.5" : undefined}
          className={stop === "ahead" ? "text-edge" : TONES[stop]}
        />
      ))}
      {stops.map((stop, index) => (
        <StopMark key={AT[index]} stop={stop} x={AT[index] ?? 0} />
      ))}
    </svg>
  );
}

function StopMark({ stop, x }: { stop: Stop; x: number }) {
  const shape = { cx: x, cy: 6, r: 3, stroke: "currentColor", strokeWidth: 1.25, className: TONES[stop] };
  switch (stop) {
    case "passed":
      return <circle {...shape} fill="currentColor" />;
    case "present":
      return (
        <g className={TONES[stop]}>
          <circle {...shape} r={4} />
          <circle cx={x} cy={6} r={1.75} fill="currentColor" />
        </g>
      );
    case "waiting":
      return <circle {...shape} strokeDasharray="1.6 1.2" />;
    case "doubt":
      return (
        <g className={TONES[stop]}>
          <circle {...shape} />
          <path d={`M${x} 3a3 3 0 0 1 0 6z`} fill="currentColor" />
        </g>
      );
    case "failed":
      return (
        <path
          d={`M${x - 2.5} 3.5l5 5m0-5l-5 5`}
          stroke="currentColor"
          strokeWidth="1.75"
          strokeLinecap="round"
          className={TONES[stop]}
        />
      );
    default:
      return <circle {...shape} r={2} />;
  }
}
