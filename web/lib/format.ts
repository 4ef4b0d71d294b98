const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A moment in either of the API's forms: `2025-11-30 20:41:40.84216+00` and ISO 8601. */
export function moment(text: string): Date {
  return new Date(text.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1").replace(/\+00$/, "Z"));
}

/** How long ago, or how soon: "4 min ago", "in 6 min"; past a week the day and the time, or what is given for it. */
export function relative(at: Date, now: Date, past: null | typeof dated = dated): string {
  const ahead = at.getTime() - now.getTime();
  const size = Math.abs(ahead);
  if (size >= 7 * DAY) return past ? past(at, now) : "\u00a0";
  const said =
    size < MINUTE
      ? `${Math.max(1, Math.floor(size / 1000))} s`
      : size < HOUR
        ? `${Math.floor(size / MINUTE)} min`
        : size < DAY
          ? `${Math.floor(size / HOUR)} h`
          : `${Math.floor(size / DAY)} d`;
  if (ahead > 0) return `in ${said}`;
  return size < 1000 ? "now" : `${said} ago`;
}

/** The same with the day and the time: "in 3 d (3 Dec, 09:15)". */
export function relativeAndDated(at: Date, now: Date): string {
  const [far, day] = [relative(at, now), dated(at, now)];
  return far === day ? day : `${far} (${day})`;
}

function dated(at: Date, now: Date): string {
  return at.getFullYear() === now.getFullYear() ? DAY_AND_TIME().format(at) : DAY_YEAR_AND_TIME().format(at);
}

/** A formatter costs far more to make than to use: each is made once, when it is first wanted. */
function formatter(options: Intl.DateTimeFormatOptions): () => Intl.DateTimeFormat {
  let made: Intl.DateTimeFormat | undefined;
  return () => (made ??= new Intl.DateTimeFormat("en-GB", options));
}

const SHORT = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;
const DAY_AND_TIME = formatter(SHORT);
const DAY_YEAR_AND_TIME = formatter({ ...SHORT, year: "numeric" });
const EXACT = formatter({ dateStyle: "medium", timeStyle: "long" });
const CLOCK = formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The exact moment, in the viewer's zone and in UTC. */
export function exact(at: Date): string {
  return `${EXACT().format(at)} (${at.toISOString()})`;
}

/** The time of day to the second. */
export function clock(at: Date): string {
  return CLOCK().format(at);
}

/** A span in its two largest units: "4 ms", "0.6 s", "19 min", "2 h 5 min". */
export function span(ms: number): string {
  if (ms < 0) return "0 ms";
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / 1000)} s`;
  if (ms < HOUR) return two(ms, MINUTE, "min", 1000, "s");
  if (ms < DAY) return two(ms, HOUR, "h", MINUTE, "min");
  return two(ms, DAY, "d", HOUR, "h");
}

function two(ms: number, large: number, unit: string, small: number, part: string): string {
  const rest = Math.floor((ms % large) / small);
  const whole = `${Math.floor(ms / large)} ${unit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${part}`;
}


/** "no mails", "1 mail", "1,284 mails". */
export function count(n: number, one: string, many = `${one}s`): string {
  const noun = n === 1 ? one : many;
  return n === 0 ? `no ${noun}` : `${number(n)} ${noun}`;
}

/** "1,284" up to 99,999, then "128k". */
export function number(n: number): string {
  // By hand: the first formatter that a page makes costs it as much as drawing ten rows.
  return n < 100_000 ? String(n).replace(/\B(?=(\d{3})+$)/g, ",") : `${Math.floor(n / 1000)}k`;
}

/** Bytes, by thousands: "812 B", "1.5 KB". */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const [size, unit] = n < 1_000_000 ? [n / 1000, "KB"] : [n / 1_000_000, "MB"];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** A subject as there is something to see of it, or null: one of spaces that have no width is none to whoever reads. */
export function subjectSeen(subject: string): string | null {
  return /[^\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u.test(subject) ? subject : null;
}

/** A header's or an address's bare address. */
export function bare(address: string): string {
  return /<([^<>]+)>\s*$/.exec(address)?.[1] ?? address;
}
