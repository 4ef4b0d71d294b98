import { whose } from "./api/whose";

/** An event of the team's log, as much of it as the caches need. */
export interface LiveEvent {
  seq: number;
  type: string;
  emailId: string | null;
  recipient: string | null;
}

export type LiveState = "connecting" | "live" | "lost" | "hidden";

/** What the stream is asked for. */
export const LIVE_TYPES = [
  "queued",
  "scheduled",
  "sent",
  "delivered",
  "delivery_delayed",
  "bounced",
  "failed",
  "suppressed",
  "complained",
  "opened",
  "clicked",
  "canceled",
].map((name) => `email.${name}`);

const FIRST = 40;
const EVERY = 1000;
const HIDDEN = 30_000;
const LONGEST = 30_000;

/** Gathers what arrives: the first at once, then in lots of a second. */
export class Gathered<T> {
  #lot: T[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #last = Number.NEGATIVE_INFINITY;
  readonly #give: (lot: T[]) => void;

  constructor(give: (lot: T[]) => void) {
    this.#give = give;
  }

  add(one: T): void {
    this.#lot.push(one);
    if (this.#timer !== null) return;
    const since = performance.now() - this.#last;
    this.#timer = setTimeout(() => this.#flush(), Math.max(FIRST, EVERY - since));
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#lot = [];
  }

  #flush(): void {
    this.#timer = null;
    this.#last = performance.now();
    const lot = this.#lot;
    this.#lot = [];
    this.#give(lot);
  }
}

/** The stream of a visible tab: closed 30 s after it is hidden, resumed where it ended, tried again from 1 to 30 s. */
export class LiveStream {
  #source: EventSource | null = null;
  #after: number | null = null;
  #wait = 1000;
  #again: ReturnType<typeof setTimeout> | null = null;
  #hiding: ReturnType<typeof setTimeout> | null = null;
  #missed = false;
  readonly #gathered: Gathered<LiveEvent>;
  readonly #told: (state: LiveState, missed: boolean) => void;

  /** `told` hears of the stream's state, and with `missed` that it was away, so that what is shown may be old. */
  constructor(give: (lot: LiveEvent[]) => void, told: (state: LiveState, missed: boolean) => void) {
    this.#gathered = new Gathered(give);
    this.#told = told;
  }

  start(): void {
    document.addEventListener("visibilitychange", this.#seen);
    this.#open();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    this.#close();
    this.#gathered.stop();
    if (this.#hiding !== null) clearTimeout(this.#hiding);
  }

  #seen = (): void => {
    if (this.#hiding !== null) clearTimeout(this.#hiding);
    this.#hiding = null;
    if (document.visibilityState === "visible") {
      if (this.#source === null) this.#open();
    } else {
      this.#hiding = setTimeout(() => {
        this.#close();
        this.#missed = true;
        this.#told("hidden", false);
      }, HIDDEN);
    }
  };

  #open(): void {
    this.#close();
    const query = new URLSearchParams({ types: LIVE_TYPES.join(",") });
    const mine = whose();
    if (mine) query.set("whose", mine);
    if (this.#after !== null) query.set("after", String(this.#after));
    const source = new EventSource(`/api/event-log/stream?${query}`);
    this.#source = source;
    source.onopen = () => {
      this.#wait = 1000;
      this.#told("live", this.#missed);
      this.#missed = false;
    };
    // The browser's own retry keeps Last-Event-ID but gives up for good on an answer that is no stream: ours does not.
    source.onerror = () => this.#lost();
    for (const type of LIVE_TYPES) source.addEventListener(type, (event) => this.#heard(event));
  }

  #heard(event: MessageEvent<string>): void {
    const { seq, type, email_id, recipient } = JSON.parse(event.data);
    this.#after = seq;
    this.#gathered.add({ seq, type, emailId: email_id, recipient });
  }

  #lost(): void {
    this.#close();
    this.#missed = true;
    this.#told("lost", false);
    this.#again = setTimeout(() => this.#open(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST);
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = null;
  }
}
