/** Every state of every thing, once: its word, tone and icon (by lucide's name). */
export type Tone = "good" | "bad" | "warn" | "info" | "plum" | "quiet";

export interface Status {
  word: string;
  tone: Tone;
  icon: string;
  hint?: string;
}

/** How one stop of the Route is drawn. */
export type Stop = "passed" | "present" | "waiting" | "failed" | "doubt" | "ahead";

export interface EmailStatus extends Status {
  icon: EmailIcon;
  /** Accepted, Queued, Handed over, Delivered, Opened. */
  route: readonly [Stop, Stop, Stop, Stop, Stop];
}

export const STOPS = ["Accepted", "Queued", "Handed over", "Delivered", "Opened"] as const;

export type EmailIcon =
  | "circle-dashed"
  | "calendar-clock"
  | "send"
  | "check"
  | "timer"
  | "undo-2"
  | "circle-x"
  | "flag"
  | "ban"
  | "circle-slash"
  | "mail-open"
  | "mouse-pointer-click"
  | "circle-question-mark"
  | "package"
  | "inbox";

export const EMAIL = {
  queued: { word: "Queued", tone: "quiet", icon: "circle-dashed", route: ["passed", "present", "ahead", "ahead", "ahead"] },
  scheduled: { word: "Scheduled", tone: "info", icon: "calendar-clock", route: ["passed", "waiting", "ahead", "ahead", "ahead"] },
  sent: {
    word: "Sent",
    tone: "info",
    icon: "send",
    hint: "With delivery; the receiver has not answered yet",
    route: ["passed", "passed", "present", "ahead", "ahead"],
  },
  delivered: { word: "Delivered", tone: "good", icon: "check", route: ["passed", "passed", "passed", "present", "ahead"] },
  delivery_delayed: { word: "Delayed", tone: "warn", icon: "timer", route: ["passed", "passed", "waiting", "ahead", "ahead"] },
  bounced: { word: "Bounced", tone: "bad", icon: "undo-2", route: ["passed", "passed", "passed", "failed", "ahead"] },
  failed: { word: "Failed", tone: "bad", icon: "circle-x", route: ["passed", "passed", "failed", "ahead", "ahead"] },
  complained: { word: "Complained", tone: "plum", icon: "flag", route: ["passed", "passed", "passed", "passed", "failed"] },
  suppressed: { word: "Suppressed", tone: "quiet", icon: "ban", route: ["passed", "failed", "ahead", "ahead", "ahead"] },
  canceled: { word: "Canceled", tone: "quiet", icon: "circle-slash", route: ["passed", "failed", "ahead", "ahead", "ahead"] },
  opened: { word: "Opened", tone: "good", icon: "mail-open", route: ["passed", "passed", "passed", "passed", "present"] },
  clicked: { word: "Clicked", tone: "good", icon: "mouse-pointer-click", route: ["passed", "passed", "passed", "passed", "passed"] },
  received: { word: "Received", tone: "info", icon: "inbox", route: ["passed", "ahead", "ahead", "ahead", "ahead"] },
} as const satisfies Record<string, EmailStatus>;

/** What stands beside a mail's state. */
export const BESIDE = {
  in_doubt: { word: "In doubt", tone: "warn", icon: "circle-question-mark" },
  caught: { word: "Caught", tone: "warn", icon: "package" },
} as const satisfies Record<string, Status & { icon: EmailIcon }>;

export const DOMAIN: Record<string, Status> = {
  not_started: { word: "Not checked", tone: "quiet", icon: "circle-dashed" },
  pending: { word: "Checking", tone: "info", icon: "loader-circle" },
  verified: { word: "Verified", tone: "good", icon: "shield-check" },
  partially_verified: { word: "Partly verified", tone: "warn", icon: "shield-half" },
  failed: { word: "Needs you", tone: "bad", icon: "shield-alert" },
  partially_failed: { word: "Needs you", tone: "bad", icon: "shield-alert" },
  temporary_failure: { word: "DNS unreachable", tone: "warn", icon: "cloud-off" },
};

export const BROADCAST: Record<string, Status> = {
  draft: { word: "Draft", tone: "quiet", icon: "pen-line" },
  scheduled: { word: "Scheduled", tone: "info", icon: "calendar-clock" },
  queued: { word: "Sending", tone: "info", icon: "send" },
  paused: { word: "Paused", tone: "warn", icon: "circle-pause" },
  sent: { word: "Sent", tone: "good", icon: "check-check" },
  canceled: { word: "Canceled", tone: "quiet", icon: "circle-slash" },
};

export const WEBHOOK: Record<string, Status> = {
  enabled: { word: "Enabled", tone: "good", icon: "plug-zap" },
  disabled: { word: "Disabled", tone: "quiet", icon: "unplug" },
  disabled_by_us: { word: "Disabled after failures", tone: "bad", icon: "unplug" },
};

export const WEBHOOK_EVENT: Record<string, Status> = {
  success: { word: "Success", tone: "good", icon: "check" },
  attempting: { word: "Attempting", tone: "info", icon: "loader-circle" },
  pending: { word: "Pending", tone: "warn", icon: "hourglass" },
  failed: { word: "Failed", tone: "bad", icon: "circle-x" },
};

export const TEMPLATE: Record<string, Status> = {
  draft: { word: "Draft", tone: "quiet", icon: "pen-line" },
  published: { word: "Published", tone: "good", icon: "check" },
  edited: { word: "Published, edits unpublished", tone: "warn", icon: "pen-line" },
};

export const IMPORT: Record<string, Status> = {
  queued: { word: "Queued", tone: "quiet", icon: "circle-dashed" },
  in_progress: { word: "In progress", tone: "info", icon: "loader-circle" },
  completed: { word: "Completed", tone: "good", icon: "check" },
  failed: { word: "Failed", tone: "bad", icon: "circle-x" },
};

export const RUN: Record<string, Status> = {
  running: { word: "Running", tone: "info", icon: "loader-circle" },
  waiting: { word: "Waiting", tone: "quiet", icon: "hourglass" },
  completed: { word: "Completed", tone: "good", icon: "check" },
  failed: { word: "Failed", tone: "bad", icon: "circle-x" },
  cancelled: { word: "Cancelled", tone: "quiet", icon: "circle-slash" },
  skipped: { word: "Skipped", tone: "quiet", icon: "circle-slash" },
};

export const SITE: Record<string, Status> = {
  ok: { word: "OK", tone: "good", icon: "check" },
  slowed: { word: "Slowed", tone: "warn", icon: "gauge" },
  backing_off: { word: "Backing off", tone: "bad", icon: "hourglass" },
};

export const DKIM: Record<string, Status> = {
  publish: { word: "Publish", tone: "quiet", icon: "circle-dashed" },
  seen: { word: "Seen", tone: "info", icon: "search-check" },
  signing: { word: "Signing", tone: "good", icon: "pen-line" },
  retiring: { word: "Retiring", tone: "quiet", icon: "hourglass" },
};

const KNOWN: Readonly<Record<string, EmailStatus>> = EMAIL;

/** How a mail or a recipient stands; a state of a newer server keeps its own name. */
export function emailStatus(state: string): EmailStatus {
  return KNOWN[state] ?? { ...EMAIL.queued, word: state };
}
