import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

/** Expects that axe finds nothing, in either theme, as the page stands. */
export async function accessible(page: Page, what: string): Promise<void> {
  // Injected through the debugger, which no policy of the page forbids.
  await page.evaluate(AXE);
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const found = await page.evaluate(async (rules) => {
      // @ts-expect-error: it was just put there
      const { violations }: axe.AxeResults = await window.axe.run(document, { runOnly: rules });
      return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }, RULES);
    expect(found, `${what}, ${colorScheme}`).toEqual([]);
  }
}
