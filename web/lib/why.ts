import type { Cause } from "./recipients";

/** A cause in our words: what it is called, what it means, and what can be done. */
export interface Explained {
  title: string;
  text: string;
  /** Whom it is about, so that nobody gives up a good address for somebody else's mistake. */
  about: string | null;
  next: string;
}

const ABOUT: Readonly<Record<string, string>> = {
  recipient: "It is about this recipient.",
  "sender-ip": "It is about the address that we send from, not about the recipient.",
  "sender-domain": "It is about the domain that the mail is from, not about the recipient.",
  content: "It is about what is in the mail, not about the recipient.",
  policy: "It is about a rule of the receiver’s own.",
  receiver: "It is about the receiver’s own trouble; the address may well be good.",
};

const MEND: Readonly<Record<string, string>> = {
  recipient: "Correct or drop the address before you send again.",
  "sender-ip": "Look up the sending address’s reputation and its reverse DNS; “mailit doctor” checks what can be checked from here.",
  "sender-domain": "Check the domain’s SPF, DKIM and DMARC records.",
  content: "Change what is in the mail before you send it again.",
  policy: "The receiver’s words say which rule; its postmaster can say more.",
  receiver: "Send it again later.",
};

const WAITS: Readonly<Record<string, (site: string) => string>> = {
  schedule: () => "It is sent when it is due.",
  rate: (site) => `${site} takes mail more slowly than it comes; this one waits for its turn.`,
  concurrency: (site) => `All connections that ${site} allows are busy; this one waits for one of them.`,
  "back-off": (site) => `${site} could not be talked to, and is left alone for a while.`,
  greylisting: (site) => `${site} takes no first try from a sender that it does not know. That is usual, and ends by itself.`,
  DNS: (site) => `${site} could not be looked up in DNS.`,
  "TLS policy": (site) => `The connection to ${site} was not as secure as the policy demands.`,
  hold: () => "An operator holds it back.",
  refused: (site) => `${site} did not take it for now.`,
};

const BY_ITSELF = "Nothing: MailIt tries again by itself.";
const NEXT: Readonly<Record<string, string>> = {
  hold: "It goes on once an operator releases it.",
  DNS: "If the domain is spelt rightly, nothing: MailIt looks again by itself.",
  "TLS policy": "Nothing, if the receiver mends it. An operator can ask for less in smtp_outbound.tls_domains.",
};

const TITLES: Readonly<Record<string, string>> = {
  bounced: "Why it bounced",
  failed: "Why it failed",
  suppressed: "Why it was not sent",
  complained: "What came back",
};

/** Explains a cause; `site` is the domain of those who share it. */
export function explain(cause: Cause, site: string): Explained {
  const about = cause.scope ? (ABOUT[cause.scope] ?? null) : null;
  const mend = (cause.scope && MEND[cause.scope]) || "Look at the receiver’s words.";
  if (cause.inDoubt || cause.why === "in doubt") {
    return {
      title: "Why it is in doubt",
      text: "The connection ended after the whole mail was sent and before the answer. It may have arrived.",
      about: null,
      next: cause.next ? "Nothing: it is sent again, which may make a second copy." : "An operator decides whether it is sent again.",
    };
  }
  const title = TITLES[cause.state] ?? "Why it waits";
  switch (cause.state) {
    case "bounced":
      return { title, text: `${site} refused it for good. MailIt does not try again.`, about, next: mend };
    case "failed":
      return { title, text: "It could not be delivered, and MailIt has stopped trying.", about, next: mend };
    case "suppressed":
      return {
        title,
        text: "The address is on the suppression list, so MailIt did not send to it.",
        about: null,
        next: "Take it off the list only if you know that it is good again.",
      };
    case "complained":
      return {
        title,
        text: "The recipient called it spam.",
        about: null,
        next: "Do not send to this address again; MailIt does not.",
      };
  }
  const why = cause.why ?? (cause.reply?.code ? "refused" : "back-off");
  return { title, text: WAITS[why]?.(site) ?? cause.text ?? "", about: why === "greylisting" ? null : about, next: NEXT[why] ?? BY_ITSELF };
}
