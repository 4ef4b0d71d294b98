import { expect, test } from "vitest";

import { forwarded } from "@/lib/forwarded";
import { hops } from "../scripts/hops.mjs";

test("the connection's address comes last, whatever the client has written", () => {
  expect(hops(undefined, "198.51.100.7")).toBe("198.51.100.7");
  expect(hops("203.0.113.1", "198.51.100.7")).toBe("203.0.113.1, 198.51.100.7");
  expect(hops("203.0.113.1", undefined)).toBe("203.0.113.1");
});

test("the API is told the hops, and nothing where there are none", () => {
  expect(forwarded(new Headers({ "X-Forwarded-For": "203.0.113.1, 198.51.100.7" }))).toEqual({
    "x-forwarded-for": "203.0.113.1, 198.51.100.7",
  });
  expect(forwarded(new Headers())).toEqual({});
});
