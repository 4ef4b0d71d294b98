import { grouped } from "./grouped";
import { bare, moment } from "./format";
import type { Email, EmailEvent, Why } from "./queries/emails";
import { emailStatus, type Stop, STOPS } from "./status";

/** One stop of a recipient's Route, with when it was reached. */
export interface Reached {
  name: (typeof STOPS)[number];
  stop: Stop;
  at: Date | null;
}

/** How one recipient's copy stands, from what happened to it. */
export interface Recipient {
  address: string;
  kind: "to" | "cc" | "bcc";
  state: string;
  inDoubt: boolean;
  /** What happened to this one alone, oldest first. */
  events: EmailEvent[];
  last: EmailEvent | null;
  route: Reached[];
}

/** Why some recipients do not have the mail, or may not: one for each cause, whoever many share it. */
export interface Cause {
  state: string;
  inDoubt: boolean;
  reply: EmailEvent["reply"];
  exchanger: string | null;
  addresses: string[];
  attempt: number | null;
  since: string;
  /** What the API says holds or ended it; null where it says nothing. */
  why: string | null;
  scope: string | null;
  rule: string | null;
  text: string | null;
  next: string | null;
  expires: string | null;
}

/** Everybody the mail is to, in its order. */
export function recipientsOf(email: Email, events: EmailEvent[]): Recipient[] {
  const all = (["to", "cc", "bcc"] as const).flatMap((kind) => email[kind].map((address) => ({ kind, address: bare(address) })));
  const whole = events.filter((one) => one.recipient === null);
  const own = grouped(
    events.filter((one) => one.recipient !== null),
    (one) => one.recipient?.toLowerCase() ?? "",
  );
  return all.map(({ kind, address }) => recipient(email, kind, address, whole, own.get(address.toLowerCase()) ?? []));
}

function recipient(email: Email, kind: Recipient["kind"], address: string, whole: EmailEvent[], own: EmailEvent[]): Recipient {
  const last = own.at(-1) ?? null;
  const state = stateOf(last ?? whole.at(-1) ?? null) ?? "queued";
  // An answer that came later settles the doubt.
  const inDoubt = last?.in_doubt ?? false;
  const stops = emailStatus(state).route;
  const reached = [
    moment(email.created_at),
    timeOf(whole, "queued") ?? timeOf(whole, "scheduled"),
    timeOf(whole, "sent"),
    timeOf(own, "delivered") ?? timeOf(own, "bounced"),
    timeOf(own, "opened") ?? timeOf(own, "clicked"),
  ];
  const route = STOPS.map((name, index): Reached => {
    const stop = stops[index] ?? "ahead";
    return { name, stop: inDoubt && index === 3 ? "doubt" : stop, at: stop === "ahead" ? null : (reached[index] ?? null) };
  });
  return { address, kind, state, inDoubt, events: own, last, route };
}

function stateOf(event: EmailEvent | null): string | null {
  return event === null ? null : event.type.replace(/^email\./, "");
}

function timeOf(events: EmailEvent[], type: string): Date | null {
  const found = events.find((one) => one.type === `email.${type}`);
  return found ? moment(found.created_at) : null;
}

const NEED_A_WHY = new Set(["delivery_delayed", "bounced", "failed", "suppressed", "complained"]);

/** What holds recipients up or ended them, those with the same cause and words together. */
export function causesOf(recipients: Recipient[], whys: Why[] = []): Cause[] {
  const told = new Map(whys.map((why) => [why.recipient.toLowerCase(), why]));
  const causes = new Map<string, Cause>();
  for (const { address, state, inDoubt, last } of recipients) {
    const why = told.get(address.toLowerCase());
    const { cause = null, scope = null, rule = null, text = null, next_at: next = null, expires_at: expires = null } = why ?? {};
    const since = why?.since ?? last?.created_at;
    if (!since || !needed(state, inDoubt, cause)) continue;
    const reply = why?.reply ?? last?.reply ?? null;
    const key = JSON.stringify([state, inDoubt, reply, cause, scope, domainOf(address)]);
    const known = causes.get(key);
    if (known) known.addresses.push(address);
    else {
      const { exchanger = null, attempt = null } = last ?? {};
      const facts = { why: cause, scope, rule, text, next, expires };
      causes.set(key, { state, inDoubt, reply, exchanger, attempt, since, addresses: [address], ...facts });
    }
  }
  return [...causes.values()];
}

/** Whether one asks why: not of a mail that is on its way, nor of one that arrived. */
function needed(state: string, inDoubt: boolean, why: string | null): boolean {
  if (NEED_A_WHY.has(state) || inDoubt) return true;
  return why !== null && (state === "queued" || state === "sent") && why !== "schedule";
}

/** An address's domain. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}
