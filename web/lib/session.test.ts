import { describe, expect, test } from "vitest";

import { foreign } from "./guard";
import { keepsSecure, read, safeNext, whoseOf, written } from "./session";

describe("where to go on to", () => {
  test.each(["/emails", "/emails/1?tab=text", "/emails?recipient=a%40b.example"])("%s is a page of ours", (next) => {
    expect(safeNext(next)).toBe(next);
  });

  test.each(["//evil.example", "/\\evil.example", "https://evil.example", "emails", "/a\\b", "/\tb", "", null, "/sign-in?next=/x"])(
    "%s is not",
    (next) => {
      expect(safeNext(next)).toBe("/emails");
    },
  );
});

test("a session's names may have any character", () => {
  const session = { user: { id: "1", email: "a@b.example", name: "Zoë 👩‍👧", operator: false }, team: { id: "2", name: "Ünï" }, role: "owner" };
  expect(written(session)).toMatch(/^[\w-]+$/);
  expect(read(written(session))).toEqual(session);
  expect(read(null)).toBeNull();
});

test.each([
  ["localhost:3000", null, "http:", true],
  ["127.0.0.1:3000", null, "http:", true],
  ["mail.example.org", null, "http:", false],
  ["mail.example.org", "https", "http:", true],
  ["mail.example.org", null, "https:", true],
  ["localhost.evil.example", null, "http:", false],
])("a browser keeps a secure cookie from %s by way of %s", (host, forwarded, protocol, kept) => {
  expect(keepsSecure(host, forwarded, protocol)).toBe(kept);
});

test.each([
  [{ "sec-fetch-site": "same-origin", "x-mailit": "1" }, true],
  [{ origin: "http://web.example", "x-mailit": "1" }, true],
  [{ "sec-fetch-site": "same-origin" }, false],
  [{ "sec-fetch-site": "cross-site", origin: "http://web.example", "x-mailit": "1" }, false],
  [{ origin: "http://web.example.evil.example", "x-mailit": "1" }, false],
  [{ "x-mailit": "1" }, false],
])("a request with %o is ours: %s", (headers, ours) => {
  const request = new Request("http://web.example/api/x", { method: "POST", headers: { ...headers, host: "web.example" } });
  expect(foreign(request) === null).toBe(ours);
});

test.each([
  [{ sub: "ana", tid: "acme" }, "ana.acme"],
  [{ sub: "ana" }, "ana."],
  [{ tid: "acme" }, null],
])("a token of %o is %s's", (claims, whose) => {
  expect(whoseOf(`e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`)).toBe(whose);
});

test.each([undefined, "", "nonsense", "a.b.c"])("%s is nobody's token", (token) => {
  expect(whoseOf(token)).toBeNull();
});
