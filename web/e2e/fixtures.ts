import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { expect, inject } from "vitest";

import { Installation } from "./installation";

/** The installation that start.ts made, seen from a test. */
export function shared(): Installation {
  return Object.assign(Object.create(Installation.prototype), inject("shared"));
}

/** A page that watches itself: what a test must never see is gathered, and `clean` says that there was none of it. */
export class Watched {
  readonly faults: string[] = [];
  readonly page: Page;
  readonly context: BrowserContext;

  constructor(context: BrowserContext, page: Page, home: string) {
    this.context = context;
    this.page = page;
    const host = new URL(home).host;
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (["http:", "https:", "ws:", "wss:"].includes(url.protocol) && url.host !== host) this.faults.push(`left: ${url}`);
    });
    page.on("pageerror", (error) => this.faults.push(`raised: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|hydrat/i.test(message.text())) this.faults.push(message.text());
    });
  }

  clean(): void {
    expect(this.faults).toEqual([]);
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** A page of a new browser profile, signed in by the token where one is given. */
export async function opened(
  browser: Browser,
  installation: Installation,
  token: string | null,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  if (token) await context.addCookies([cookie(token)]);
  return new Watched(context, await context.newPage(), installation.url);
}

/** The session's cookie, as the dashboard sets it. */
export function cookie(token: string) {
  return {
    name: "__Host-mailit",
    value: token,
    domain: "localhost",
    path: "/",
    secure: true,
    httpOnly: true,
    sameSite: "Lax" as const,
  };
}

/** Whether nothing of a page is to the right of its edge. */
export async function fits(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
}

/** Waits until a page has come alive: in the shell the stream is open and the API was asked, elsewhere React has taken it over. */
export async function alive(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  if (await page.locator("main#page").count()) await page.getByRole("button", { name: "Health: OK" }).waitFor();
  else await page.waitForFunction(() => Object.keys(document.querySelector("main a, main form") ?? {}).some((key) => key.startsWith("__react")));
}

/** Waits until the page no longer moves: the wheel is answered before it has turned. */
export async function scrolled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let rest = 0, place = window.scrollY; rest < 5; place = window.scrollY) {
      await new Promise((done) => setTimeout(done, 50));
      rest = window.scrollY === place ? rest + 1 : 0;
    }
  });
}
