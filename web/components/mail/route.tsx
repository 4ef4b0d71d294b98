import { memo } from "react";

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

/** Shapes that are drawn alike, as one path: a list has a Route in every row. */
interface Stroke {
  tone: string;
  how: "stroke" | "dash" | "fill" | "cross";
  d: string;
}

/** A mail as a line with stops: Accepted, Queued, Handed over, Delivered, Opened. Shape tells, colour helps. */
export const Route = memo(function Route({ stops, className = "" }: { stops: readonly Stop[]; className?: string }) {
  return (
    <svg viewBox="0 0 72 12" aria-hidden className={`route ${className}`}>
      {strokes(stops).map(({ tone, how, d }) => (
        <path key={tone + how} className={`${tone} ${how}`} d={d} />
      ))}
    </svg>
  );
});

const drawn = new Map<string, Stroke[]>();

function strokes(stops: readonly Stop[]): Stroke[] {
  const name = stops.join();
  const known = drawn.get(name);
  if (known) return known;
  const all = new Map<string, Stroke>();
  const draw = (tone: string, how: Stroke["how"], d: string) => {
    const one = all.get(tone + how) ?? { tone, how, d: "" };
    all.set(tone + how, { ...one, d: one.d + d });
  };
  stops.forEach((stop, index) => {
    const x = AT[index] ?? 0;
    const tone = TONES[stop];
    if (index > 0) draw(tone, stop === "ahead" || stop === "waiting" ? "dash" : "stroke", `M${x - 11} 6h7`);
    switch (stop) {
      case "passed":
        return draw(tone, "fill", circle(x, 3.6));
      case "present":
        draw(tone, "stroke", circle(x, 4));
        return draw(tone, "fill", circle(x, 1.75));
      case "waiting":
        return draw(tone, "dash", circle(x, 3));
      case "doubt":
        draw(tone, "stroke", circle(x, 3));
        return draw(tone, "fill", `M${x} 3a3 3 0 0 1 0 6z`);
      case "failed":
        return draw(tone, "cross", `M${x - 2.5} 3.5l5 5m0-5l-5 5`);
      default:
        return draw(tone, "stroke", circle(x, 2));
    }
  });
  drawn.set(name, [...all.values()]);
  return [...all.values()];
}

function circle(x: number, r: number): string {
  return `M${x - r} 6a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0z`;
}
