import { describe, expect, test } from "vitest";

import type { Cause } from "./recipients";
import { explain } from "./why";

const base: Cause = {
  state: "delivery_delayed",
  inDoubt: false,
  reply: { code: 451, status: "4.7.1", text: "Later" },
  exchanger: "mx.example.net",
  addresses: ["ana@example.net"],
  attempt: 1,
  since: "2026-11-24T10:00:00.000Z",
  why: null,
  scope: null,
  rule: null,
  text: null,
  next: null,
  expires: null,
};
const told = (cause: Partial<Cause>) => explain({ ...base, ...cause }, "example.net");

describe("a cause is explained", () => {
  test.each(["schedule", "rate", "concurrency", "back-off", "greylisting", "DNS", "TLS policy", "hold", "refused"])(
    "when mail waits for %s",
    (why) => {
      const { title, text, next } = told({ why, text: "from the API" });
      expect(title).toBe("Why it waits");
      expect(text).not.toBe("from the API");
      expect(next.length).toBeGreaterThan(10);
    },
  );

  test("by the API's own sentence where it is new to us", () => {
    expect(told({ why: "moonlight", text: "The moon is up." }).text).toBe("The moon is up.");
  });

  test("so that a good address is not given up for our fault", () => {
    for (const scope of ["sender-ip", "sender-domain", "content"]) {
      expect(told({ state: "bounced", scope }).about).toContain("not about the recipient");
    }
    expect(told({ state: "bounced", scope: "recipient" }).next).toContain("address");
  });

  test("as in doubt before all else, with who decides", () => {
    expect(told({ why: "in doubt" }).next).toContain("operator");
    expect(told({ inDoubt: true, next: "2026-11-24T10:05:00.000Z" }).next).toContain("second copy");
  });

  test.each([
    ["bounced", "Why it bounced"],
    ["failed", "Why it failed"],
    ["suppressed", "Why it was not sent"],
    ["complained", "What came back"],
  ])("when it %s", (state, title) => {
    expect(told({ state }).title).toBe(title);
  });
});
