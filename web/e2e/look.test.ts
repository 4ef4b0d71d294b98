import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { browser } from "./chromium";
import { alive, opened, shared } from "./fixtures";

const FOLDER = join(import.meta.dirname, "look");
/** Of the cells of 8 by 8 points that a picture is compared by, how many may be another colour: letters differ a little
 * from one Chromium to the next, and what is not where it was differs by far more. */
const MOST = 0.006;

/** How the pages look, in both themes. `npm run look` makes the pictures anew: look at them before they are committed. */
describe("a page looks as it did", () => {
  const here = shared();
  const ids: Record<string, string> = {};
  const tokens: Record<string, string | null> = { nobody: null };
  let chromium: Browser;
  beforeAll(async () => {
    chromium = await browser();
    tokens.empty = await here.register("look-empty@example.org");
    const token = await here.register("look@example.org");
    tokens.look = token;
    await here.call("POST", "/domains", { name: "look.example" }, token);
    const send = async (to: string | string[], subject: string, more: object = {}) => {
      const mail = { from: "Acme <hello@look.example>", to, subject, html: "<h1>Hello</h1><p>As it was sent.</p>", ...more };
      return (await here.call("POST", "/emails", mail, token)).id;
    };
    ids.delivered = await send("ana@example.net", "Welcome to Acme", { tags: [{ name: "type", value: "welcome" }] });
    ids.bounced = await send(["bounced@resend.dev", "bo@example.net"], "Your receipt");
    ids.complained = await send("complained@resend.dev", "News of June");
    ids.suppressed = await send("suppressed@resend.dev", "مرحبا بكم في خدمة البريد");
    await send("cy@example.net", "Later", { scheduled_at: new Date(Date.now() + 7_200_000).toISOString() });
    await send(Array.from({ length: 20 }, (_, n) => `person${n}@example.net`), "Minutes of a meeting that was as long as this subject is");
    for (const state of ["delivered", "bounced", "complained", "suppressed"]) await here.reaches(ids[state] ?? "", state, token);
  });
  afterAll(() => chromium.close());

  test.each([
    ["sign-in", (): string => "/sign-in", "nobody", 1280],
    ["empty", (): string => "/emails", "empty", 1280],
    ["list", (): string => "/emails", "look", 1280],
    ["list-phone", (): string => "/emails", "look", 375],
    ["bounced", (): string => `/emails/${ids.bounced}`, "look", 1280],
    ["bounced-phone", (): string => `/emails/${ids.bounced}`, "look", 375],
  ] as const)("%s", async (name, path, who, width) => {
    for (const colorScheme of ["dark", "light"] as const) {
      const { page, context } = await opened(chromium, here, tokens[who] ?? null, {
        viewport: { width, height: width < 700 ? 812 : 720 },
        colorScheme,
        reducedMotion: "reduce",
        hasTouch: width < 700,
      });
      await page.goto(here.url + path());
      await alive(page);
      await page.evaluate(() => document.fonts.ready);
      await stilled(page);
      const now = await page.screenshot();
      const file = join(FOLDER, `${name}-${colorScheme}.png`);
      if (process.env.LOOK || !existsSync(file)) {
        expect(process.env.LOOK, `${file} is missing: npm run look`).toBe("1");
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(file, now);
      }
      const differs = await difference(page, readFileSync(file), now);
      if (differs > MOST) writeFileSync(join(here.folder, `${name}-${colorScheme}.png`), now);
      expect(differs, `${name}-${colorScheme}.png; the picture of now is in ${here.folder}`).toBeLessThanOrEqual(MOST);
      await context.close();
    }
  });
});

/** Hides what is another each time: times, ids, this installation's ports and counts. */
async function stilled(page: Page): Promise<void> {
  await page.evaluate(() => {
    const text = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const changes = /[0-9a-f]{8}-[0-9a-f]{4}-|127\.0\.0\.1:\d+|^\d+ (s|min|ms)\b|now$|ago$|\bin \d+|^\+|\d\d:\d\d|^See \d/;
    const found: HTMLElement[] = [...document.querySelectorAll("time")];
    for (let node = text.nextNode(); node; node = text.nextNode()) {
      if (changes.test(node.textContent ?? "") && node.parentElement) found.push(node.parentElement);
    }
    for (const one of found) one.style.visibility = "hidden";
    document.querySelector<HTMLElement>(":focus")?.blur();
  });
}

/** Which part of two pictures differs, compared cell by cell; all of it where they are of different sizes. */
async function difference(page: Page, was: Buffer, now: Buffer): Promise<number> {
  return page.evaluate(
    async ([one, other]) => {
      const cells = async (data: string) => {
        const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const canvas = new OffscreenCanvas(Math.ceil(picture.width / 8), Math.ceil(picture.height / 8));
        const drawn = canvas.getContext("2d");
        if (!drawn) throw new Error("no canvas");
        drawn.imageSmoothingQuality = "high";
        drawn.drawImage(picture, 0, 0, canvas.width, canvas.height);
        return drawn.getImageData(0, 0, canvas.width, canvas.height);
      };
      const [a, b] = [await cells(one), await cells(other)];
      if (a.width !== b.width || a.height !== b.height) return 1;
      let differ = 0;
      for (let at = 0; at < a.data.length; at += 4) {
        const far = Math.max(...[0, 1, 2].map((part) => Math.abs((a.data[at + part] ?? 0) - (b.data[at + part] ?? 0))));
        if (far > 24) differ += 1;
      }
      return differ / (a.width * a.height);
    },
    [was.toString("base64"), now.toString("base64")] as const,
  );
}
