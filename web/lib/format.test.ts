import { describe, expect, test } from "vitest";

import { bare, bytes, count, moment, number, relative, relativeAndDated, span, subjectSeen } from "./format";

describe("a moment", () => {
  test.each([
    ["2025-11-30 20:41:40.84216+00", "2025-11-30T20:41:40.842Z"],
    ["2025-11-30 20:41:40+00", "2025-11-30T20:41:40.000Z"],
    ["2025-11-30 20:41:40.8+00", "2025-11-30T20:41:40.800Z"],
    ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"],
  ])("is read from %s", (text, iso) => {
    expect(moment(text).toISOString()).toBe(iso);
  });

  test.each([
    [500, "now"],
    [42_000, "42 s ago"],
    [4 * 60_000, "4 min ago"],
    [-6 * 60_000, "in 6 min"],
    [3 * 3_600_000, "3 h ago"],
    [6 * 86_400_000, "6 d ago"],
  ])("%d ms away is said by its distance", (away, said) => {
    const now = new Date("2026-11-24T12:00:00Z");
    expect(relative(new Date(now.getTime() - away), now)).toBe(said);
  });

  test("past a week is said by its day, and its year when it is not this one", () => {
    const now = new Date("2026-11-24T12:00:00Z");
    expect(relative(new Date("2026-11-02T12:00:00Z"), now)).toMatch(/^2 Nov, \d\d:\d\d$/);
    expect(relative(new Date("2025-11-02T12:00:00Z"), now)).toMatch(/^2 Nov 2025, \d\d:\d\d$/);
  });
});

describe("a figure", () => {
  test.each([
    [4, "4 ms"],
    [640, "0.6 s"],
    [19 * 60_000, "19 min"],
    [125 * 60_000, "2 h 5 min"],
    [-3, "0 ms"],
  ])("of %d ms is two units at most", (ms, said) => {
    expect(span(ms)).toBe(said);
  });

  test("has the noun's right form", () => {
    expect([0, 1, 2, 1284].map((n) => count(n, "mail"))).toEqual(["no mails", "1 mail", "2 mails", "1,284 mails"]);
  });

  test("is whole up to 99,999", () => {
    expect([99_999, 128_400].map(number)).toEqual(["99,999", "128k"]);
  });

  test("of bytes counts by thousands", () => {
    expect([812, 1500, 24_000, 3_100_000].map(bytes)).toEqual(["812 B", "1.5 KB", "24 KB", "3.1 MB"]);
  });
});

test.each([
  ["Ana <ana@example.net>", "ana@example.net"],
  ["ana@example.net", "ana@example.net"],
  ['"a <b>" <c@d.example>', "c@d.example"],
])("the bare address of %s", (text, address) => {
  expect(bare(text)).toBe(address);
});

test.each(["Hello", " x", "👩‍👩‍👧‍👦", "مرحبا", "."])("of the subject %j there is something to see", (subject) => {
  expect(subjectSeen(subject)).toBe(subject);
});

test.each(["", " ", "\u200b", "\u00a0\u2060", "\u00ad\ufeff\u3164", "\u202e\u200d", "\u2800"])("of the subject %j there is nothing to see", (subject) => {
  expect(subjectSeen(subject)).toBeNull();
});

test("what is due is said by its distance and by its day, and by its day alone where that is far", () => {
  const now = new Date(2026, 10, 30, 9, 0);
  expect(relativeAndDated(new Date(2026, 11, 3, 9, 15), now)).toBe("in 3 d (3 Dec, 09:15)");
  expect(relativeAndDated(new Date(2026, 11, 24, 9, 15), now)).toBe("24 Dec, 09:15");
});
