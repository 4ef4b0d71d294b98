import { describe, expect, test } from "vitest";

import { headersOf } from "./headers";
import type { Email, EmailEvent } from "./queries/emails";
import { causesOf, recipientsOf } from "./recipients";

const email = { to: ["Ana <ana@a.example>", "bo@b.example"], cc: ["cy@b.example"], bcc: [], created_at: "2026-11-24 10:00:00+00" } as unknown as Email;
let seq = 0;

function event(type: string, recipient: string | null, more: Partial<EmailEvent> = {}): EmailEvent {
  seq += 1;
  const reply = recipient ? { code: 451, status: "4.7.1", text: "Later" } : null;
  return { seq, type: `email.${type}`, recipient, reply, created_at: "2026-11-24T10:00:01.000Z", in_doubt: false, ...more } as EmailEvent;
}

const whole = [event("queued", null), event("sent", null)];

describe("a recipient", () => {
  test("without an event of its own stands as the whole mail does", () => {
    expect(recipientsOf(email, whole).map((one) => [one.address, one.kind, one.state])).toEqual([
      ["ana@a.example", "to", "sent"],
      ["bo@b.example", "to", "sent"],
      ["cy@b.example", "cc", "sent"],
    ]);
  });

  test("stands where its last event put it", () => {
    const events = [...whole, event("delivery_delayed", "bo@b.example"), event("delivered", "bo@b.example")];
    const [ana, bo] = recipientsOf(email, events);
    expect([ana?.state, bo?.state]).toEqual(["sent", "delivered"]);
    expect(bo?.route.map((one) => one.stop)).toEqual(["passed", "passed", "passed", "present", "ahead"]);
    expect(bo?.events).toHaveLength(2);
  });

  test("is in doubt until an answer settles it", () => {
    const doubt = [...whole, event("delivery_delayed", "bo@b.example", { in_doubt: true })];
    expect(recipientsOf(email, doubt)[1]?.route[3]?.stop).toBe("doubt");
    expect(recipientsOf(email, [...doubt, event("delivered", "bo@b.example")])[1]?.inDoubt).toBe(false);
  });
});

describe("a cause", () => {
  test("is told once for all who share it, and not at all for who has the mail", () => {
    const events = [
      ...whole,
      event("delivered", "ana@a.example"),
      event("delivery_delayed", "bo@b.example"),
      event("delivery_delayed", "cy@b.example"),
    ];
    const causes = causesOf(recipientsOf(email, events));
    expect(causes.map((one) => one.addresses)).toEqual([["bo@b.example", "cy@b.example"]]);
  });
});

test("headers are unfolded and keep their order", () => {
  expect(headersOf("A: 1\r\n\tand 2\r\nB: x: y\r\na: 3\r\n\r\nC: body")).toEqual([
    { name: "A", value: "1\tand 2" },
    { name: "B", value: "x: y" },
    { name: "a", value: "3" },
  ]);
});
