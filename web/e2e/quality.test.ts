import { readFileSync } from "node:fs";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { schemaOf } from "../scripts/schema.mjs";
import { accessible } from "./axe";
import { browser } from "./chromium";
import { alive, fits, opened, shared } from "./fixtures";

const MOST = 200_000;

type Kind = [name: string, path: () => string, who: "nobody" | "acme" | "empty"];

const KINDS: Kind[] = [
  ["sign-in", () => "/sign-in", "nobody"],
  ["register", () => "/register", "nobody"],
  ["forgot", () => "/forgot", "nobody"],
  ["reset", () => "/reset?token=none", "nobody"],
  ["invitation", () => invite, "nobody"],
  ["invitation that is over", () => "/invite?token=none", "nobody"],
  ["emails", () => "/emails", "acme"],
  ["emails, empty", () => "/emails", "empty"],
  ["emails, no result", () => "/emails?status=clicked&recipient=ana", "acme"],
  ["emails, caught", () => "/emails?mode=caught", "acme"],
  ["emails, nothing caught", () => "/emails?mode=caught", "empty"],
  ["email", () => `/emails/${mail}`, "acme"],
  ["email that bounced", () => `/emails/${bounced}`, "acme"],
  ["email's source", () => `/emails/${mail}?tab=source`, "acme"],
  ["email's headers", () => `/emails/${mail}?tab=headers`, "acme"],
  ["no such email", () => "/emails/00000000-0000-7000-8000-000000000000", "acme"],
  ["no such page", () => "/nowhere", "acme"],
];

const tokens: Record<Kind[2] | "many", string | null> = { nobody: null, acme: null, empty: null, many: null };
let mail = "";
let bounced = "";
let invite = "";

describe("every page", () => {
  const here = shared();
  let chromium: Browser;
  beforeAll(async () => {
    chromium = await browser();
    tokens.acme = await here.token();
    tokens.empty = await here.register("empty@example.org");
    tokens.many = await here.register("rows@example.org");
    await here.call("POST", "/domains", { name: "rows.example" }, tokens.many);
    const rows = Array.from({ length: 14 }, (_, n) => ({ from: "a@rows.example", to: `r${n}@example.net`, subject: `Row ${n}`, text: "x" }));
    await here.call("POST", "/emails/batch", rows, tokens.many);
    mail = await here.send({ to: ["ana@example.net", "bo@example.net"], tags: [{ name: "type", value: "welcome" }] });
    bounced = await here.send({ to: ["bounced@resend.dev", "ana@example.net"] });
    const { url } = await here.call("POST", "/team/invitations", { email: "new@example.com" }, tokens.acme ?? "");
    invite = url.slice(url.indexOf("/invite"));
    await here.reaches(mail, "delivered");
    await here.reaches(bounced, "bounced");
  });
  afterAll(() => chromium.close());

  test.each(KINDS)("@axe @budget %s: no fault, little script, one column", async (name, path, who) => {
    const watched = await opened(chromium, here, tokens[who]);
    const { page, context } = watched;
    const scripts = await weighed(page);
    await page.goto(here.url + path());
    await alive(page);
    const weight = scripts.weight();
    console.log(`${name}: ${(weight / 1000).toFixed(1)} KB of script, pressed, with its headers`);
    expect(weight).toBeGreaterThan(50_000);
    expect(weight).toBeLessThanOrEqual(MOST);
    await accessible(page, name);
    for (const width of [768, 375, 320]) {
      await page.setViewportSize({ width, height: 700 });
      expect(await fits(page), `${name}, ${width} px`).toBe(true);
    }
    watched.clean();
    await context.close();
  });

  test.each(["emails", "email that bounced", "emails, caught"])("@axe %s, touched: no fault, and targets of a finger's size", async (name) => {
    const [, path, who] = KINDS.find((one) => one[0] === name) ?? KINDS[0]!;
    const watched = await opened(chromium, here, tokens[who], { viewport: { width: 375, height: 700 }, hasTouch: true, isMobile: true });
    const { page } = watched;
    await page.goto(here.url + path());
    await alive(page);
    expect(await fits(page)).toBe(true);
    const small = await page
      .locator("header button, nav a, search input, search select, main button, main summary")
      .evaluateAll((all) => all.filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 120)));
    // A number within a sentence is text.
    expect(small.filter((one) => !one.includes("decoration-edge"))).toEqual([]);
    // Last, for it turns the page's media about.
    await accessible(page, `${name}, touched`);
    watched.clean();
    await watched.close();
  });

  test("@axe what opens over a page has no fault, takes the focus, and gives it back", async () => {
    const watched = await opened(chromium, here, tokens.acme);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await alive(page);
    for (const [key, title] of [["?", "Shortcuts"], ["t", "Teams"]] as const) {
      await page.locator("[data-row]").first().focus();
      await page.keyboard.press(key);
      await page.getByRole("dialog", { name: title }).waitFor();
      if (key === "t") await page.getByRole("dialog").getByText("owner").waitFor();
      await accessible(page, title);
      await page.keyboard.press("Escape");
      expect(await page.locator("[data-row]").first().evaluate((row) => row === document.activeElement), title).toBe(true);
    }
    for (const [name, inside] of [[/^Health/, "Port 25 out"], ["Account", "Sign out"], ["Go live", "Three steps"]] as const) {
      await page.getByRole("button", { name }).focus();
      await page.keyboard.press("Enter");
      await page.getByText(inside).waitFor();
      await accessible(page, inside);
      await page.keyboard.press("Escape");
      await page.getByText(inside).waitFor({ state: "hidden" });
      expect(await page.getByRole("button", { name }).evaluate((button) => button === document.activeElement), inside).toBe(true);
    }
    watched.clean();
    await watched.close();
  });

  test.each(["emails", "email that bounced"])("%s at four times its size, or on a phone's side, is more to read than bars", async (name) => {
    const [, path, who] = KINDS.find((one) => one[0] === name) ?? KINDS[0]!;
    const watched = await opened(chromium, here, tokens[who], { viewport: { width: 320, height: 256 } });
    const { page } = watched;
    await page.goto(here.url + path());
    await alive(page);
    await page.evaluate(() => window.scrollTo({ top: 300 }));
    const bars = await page.evaluate(() =>
      [...document.querySelectorAll("header, search, nav, main *")]
        .filter((one) => ["fixed", "sticky"].includes(getComputedStyle(one).position) && one.checkVisibility())
        .map((one) => one.getBoundingClientRect())
        .reduce((sum, { top, bottom }) => sum + Math.max(0, Math.min(bottom, window.innerHeight) - Math.max(top, 0)), 0),
    );
    expect(bars).toBeLessThan(64);
    watched.clean();
    await watched.close();
  });

  test("a row that has the focus is under no bar, however one comes to it", async () => {
    const watched = await opened(chromium, here, tokens.many ?? null, { viewport: { width: 375, height: 600 } });
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await alive(page);
    const rows = page.locator("[data-row]");
    const covered = () =>
      page.locator("[data-row]:focus").evaluate((row) => {
        const { left, top, bottom } = row.getBoundingClientRect();
        return [top + 2, bottom - 2].some((y) => !row.contains(document.elementFromPoint(left + 60, y)));
      });
    const last = (await rows.count()) - 1;
    for (let row = 0; row < last; row += 1) {
      await page.keyboard.press("j");
      expect(await covered(), `row ${row}, downward`).toBe(false);
    }
    for (let row = last; row > 0; row -= 1) {
      await page.keyboard.press("k");
      expect(await covered(), `row ${row}, upward`).toBe(false);
    }
    watched.clean();
    await watched.close();
  });

  test("in colours that the system forces, shape still tells what is current, and how far a mail got", async () => {
    const watched = await opened(chromium, here, tokens.acme ?? null, { forcedColors: "active" });
    const { page } = watched;
    const colour = (selector: string, what: string) =>
      page.locator(selector).first().evaluate((one, name) => getComputedStyle(one).getPropertyValue(name), what);
    await page.goto(`${here.url}/emails`);
    await alive(page);
    await page.keyboard.press("j");
    const left = "border-left-color";
    expect(await colour("[data-row][data-here]", left)).not.toBe(await colour("[data-row]:not([data-here])", left));
    await page.goto(`${here.url}/emails/${bounced}`);
    await alive(page);
    await page.locator("summary").first().click();
    const ground = async (stop: string) =>
      `${await colour(`[data-stop=${stop}]`, "background-color")} ${await colour(`[data-stop=${stop}]`, "border-top-color")}`;
    const grounds = [await ground("passed"), await ground("ahead"), await ground("failed")];
    expect(new Set(grounds).size, grounds.join(", ")).toBe(3);
    const under = "border-bottom-color";
    expect(await colour(".tab[aria-current]", under)).not.toBe(await colour(".tab:not([aria-current])", under));
    watched.clean();
    await watched.close();
  });

  test("has no inline style, no script without a nonce, and nothing from elsewhere in its HTML", async () => {
    for (const [name, path, who] of KINDS) {
      const bearer = tokens[who];
      const answer = await fetch(here.url + path(), { headers: bearer ? { cookie: `__Host-mailit=${bearer}` } : {} });
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
    const watched = await opened(chromium, here, tokens.acme, { colorScheme: "dark" });
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await alive(page);
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

/** Counts what a page's scripts weigh as they come. */
async function weighed(page: Page): Promise<{ weight: () => number }> {
  const session = await page.context().newCDPSession(page);
  const scripts = new Set<string>();
  let sum = 0;
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) sum += encodedDataLength;
  });
  return { weight: () => sum };
}
