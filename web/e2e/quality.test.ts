import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { schemaOf } from "../scripts/schema.mjs";
import { browser } from "./chromium";
import { fits, opened, shared } from "./fixtures";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
const MOST = 200_000;

describe("every page", () => {
  const here = shared();
  let chromium: Browser;
  let token = "";
  let empty = "";
  let pages: [name: string, path: string, token: () => string | null][];
  beforeAll(async () => {
    chromium = await browser();
    token = await here.token();
    empty = await here.register("empty@example.org");
    const id = await here.send({ to: ["ana@example.net", "bo@example.net"], tags: [{ name: "type", value: "welcome" }] });
    await here.reaches(id, "delivered");
    pages = [
      ["sign-in", "/sign-in", () => null],
      ["emails", "/emails", () => token],
      ["emails, empty", "/emails", () => empty],
      ["emails, no result", "/emails?status=bounced", () => token],
      ["email", `/emails/${id}`, () => token],
      ["email's source", `/emails/${id}?tab=source`, () => token],
      ["email's headers", `/emails/${id}?tab=headers`, () => token],
      ["no such email", "/emails/00000000-0000-7000-8000-000000000000", () => token],
      ["no such page", "/nowhere", () => token],
    ];
  });
  afterAll(() => chromium.close());

  const settled = (page: Page) => page.waitForTimeout(400);

  async function faults(page: Page): Promise<string[]> {
    // Injected through the debugger, which no policy of the page forbids.
    await page.evaluate(AXE);
    return page.evaluate(async (rules) => {
      // @ts-expect-error: it was just put there
      const found: axe.AxeResults = await window.axe.run(document, { runOnly: rules });
      return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }, RULES);
  }

  test.each(["dark", "light"] as const)("@axe has no fault in %s", async (colorScheme) => {
    for (const [name, path, who] of pages) {
      const watched = await opened(chromium, here, who(), { colorScheme });
      const { page } = watched;
      await page.goto(here.url + path);
      await settled(page);
      expect(await faults(page), `${name}, ${colorScheme}`).toEqual([]);
      if (name === "emails") {
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        expect(await faults(page), `shortcuts, ${colorScheme}`).toEqual([]);
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /^Health/ }).click();
        expect(await faults(page), `health, ${colorScheme}`).toEqual([]);
      }
      watched.clean();
      await watched.close();
    }
  });

  test.each([375, 320])("needs no sideways scroll at %d px", async (width) => {
    for (const [name, path, who] of pages) {
      const watched = await opened(chromium, here, who(), { viewport: { width, height: 700 }, hasTouch: true });
      await watched.page.goto(here.url + path);
      await settled(watched.page);
      expect(await fits(watched.page), name).toBe(true);
      await watched.close();
    }
  });

  test("@budget loads at most 200 KB of script before any input", async () => {
    for (const [name, path, who] of pages) {
      const { page, context } = await opened(chromium, here, who());
      const session = await context.newCDPSession(page);
      const scripts = new Set<string>();
      let sum = 0;
      await session.send("Network.enable");
      session.on("Network.responseReceived", ({ requestId, type }) => {
        if (type === "Script") scripts.add(requestId);
      });
      session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
        if (scripts.has(requestId)) sum += encodedDataLength;
      });
      await page.goto(here.url + path);
      await page.waitForTimeout(1000);
      console.log(`${name}: ${(sum / 1000).toFixed(1)} KB of script, gzip, with its headers`);
      expect(scripts.size).toBeGreaterThan(0);
      expect(sum, name).toBeLessThanOrEqual(MOST);
      await context.close();
    }
  });

  test("has no inline style, no script without a nonce, and nothing from elsewhere in its HTML", async () => {
    for (const [name, path, who] of pages) {
      const bearer = who();
      const answer = await fetch(here.url + path, { headers: bearer ? { cookie: `__Host-mailit=${bearer}` } : {} });
      const html = await answer.text();
      const policy = answer.headers.get("content-security-policy") ?? "";
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
      expect(policy, name).not.toContain("unsafe");
      expect(nonce.length, name).toBeGreaterThan(20);
      const tags = html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, (script) => script.slice(0, script.indexOf(">") + 1));
      expect(tags.match(/ style="/g), name).toBeNull();
      for (const [tag] of tags.matchAll(/<(script|style)\b[^>]*>/g)) expect(tag, name).toContain(`nonce="${nonce}"`);
      expect([...tags.matchAll(/(?:src|href)="(https?:[^"]*)"/g)].map((one) => one[1]), name).toEqual([]);
    }
  });

  test("keeps the theme that was chosen, from the first paint", async () => {
    const watched = await opened(chromium, here, token, { colorScheme: "dark" });
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.getByRole("button", { name: /^Theme: system/ }).click();
    await page.reload({ waitUntil: "commit" });
    await page.locator("html[data-theme=light]").waitFor({ state: "attached" });
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe("rgb(244, 248, 247)");
    await watched.close();
  });

  test("is written against the API that is served", async () => {
    const written = readFileSync(new URL("../lib/api/schema.d.ts", import.meta.url), "utf8");
    expect(written === (await schemaOf(here.api)), "lib/api/schema.d.ts is stale: npm run api").toBe(true);
  });
});
