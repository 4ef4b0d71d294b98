import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { meaning, sheet, SHORTCUTS } from "./keys";
import { PAGES } from "./nav";

const APP = join(import.meta.dirname, "..", "app", "(app)");

test("no two shortcuts of one place share a key", () => {
  for (const [scope, all] of sheet()) {
    const keys = all.map((one) => one.keys);
    expect(new Set(keys).size, scope).toBe(keys.length);
  }
});

test("every shortcut is found by its key, every page after g", () => {
  for (const [name, { keys }] of Object.entries(SHORTCUTS)) expect(meaning("", keys)).toEqual({ shortcut: name });
  for (const page of PAGES) expect(meaning("g", page.key)).toEqual({ page: page.href });
  expect(meaning("", "g")).toBe("pending");
  expect(meaning("", "§")).toBeNull();
});

test("every page is in the navigation, and what is there is a page", () => {
  const folders = readdirSync(APP, { withFileTypes: true })
    .filter((one) => one.isDirectory() && !one.name.startsWith("[") && existsSync(join(APP, one.name, "page.tsx")))
    .map((one) => `/${one.name}`);
  expect(PAGES.map((page) => page.href).sort()).toEqual(folders.sort());
});
