import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { browser } from "./chromium";
import { opened, shared } from "./fixtures";
import { until } from "./installation";

const MANY = 10_000;
/** ms. The bar is a second on a machine that does nothing else (`npm run perf`); a busy one is given more. */
const SOON = process.env.PERF ? 1000 : 4000;

describe("ten thousand mails", () => {
  const here = shared();
  let chromium: Browser;
  let token = "";
  beforeAll(async () => {
    chromium = await browser();
    token = await here.register("many@example.org");
    await here.call("POST", "/domains", { name: "many.example" }, token);
    for (let from = 0; from < MANY; from += 100) {
      const batch = Array.from({ length: 100 }, (_, index) => ({
        from: "hello@many.example",
        to: `person${from + index}@example.net`,
        subject: `Number ${from + index}`,
        html: `<p>${from + index}</p>`,
      }));
      await here.call("POST", "/emails/batch", batch, token);
    }
    await until("all to be delivered", async () => {
      const left = await here.call("GET", "/emails?status=sent&limit=1", undefined, token);
      return left.data.length === 0;
    }, 90);
  }, 180_000);
  afterAll(() => chromium.close());

  test("are filtered in the URL, and reload, back and a shared link give the same", async () => {
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.locator("[data-row]").nth(49).waitFor();
    await page.getByRole("button", { name: "Health: OK" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("person4711@example.net");
    await page.waitForURL(/recipient=person4711/);
    await page.getByText("Number 4711", { exact: true }).waitFor();
    await until("one row", async () => (await page.locator("[data-row]").count()) === 1);
    await page.getByLabel("Status").selectOption("bounced");
    await page.getByText("No mails match these 2 filters.").waitFor();
    const shared = page.url();
    await page.goBack();
    await page.getByText("Number 4711", { exact: true }).waitFor();
    await page.goBack();
    await page.locator("[data-row]").nth(49).waitFor();
    expect(await page.getByLabel("Recipient").inputValue()).toBe("");
    const other = await opened(chromium, here, token);
    await other.page.goto(shared);
    await other.page.getByText("No mails match these 2 filters.").waitFor();
    await other.page.getByRole("button", { name: "Clear filters" }).click();
    await other.page.locator("[data-row]").nth(49).waitFor();
    other.clean();
    await other.close();
    watched.clean();
    await watched.close();
  });

  test("are walked with j and k from a mail to the next", async () => {
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.locator("[data-row]").first().waitFor();
    const ids = await page.locator("[data-row]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-row")));
    await page.getByRole("button", { name: "Health: OK" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${here.url}/emails/${ids[1]}`);
    await page.getByRole("region", { name: "Content" }).waitFor();
    await page.keyboard.press("j");
    await page.waitForURL(`${here.url}/emails/${ids[2]}`);
    await page.keyboard.press("k");
    await page.waitForURL(`${here.url}/emails/${ids[1]}`);
    watched.clean();
    await watched.close();
  });

  test("@perf come within a second, usable, from a cold cache", async () => {
    const times: number[] = [];
    await (await fetch(`${here.url}/emails`, { headers: { cookie: `__Host-mailit=${token}` } })).text();
    for (let run = 0; run < 10; run += 1) {
      const { page, context } = await opened(chromium, here, token);
      const start = performance.now();
      await page.goto(`${here.url}/emails`, { waitUntil: "commit" });
      await page.locator("[data-row]").first().waitFor();
      await page.getByLabel("Recipient").pressSequentially("a");
      await page.waitForURL(/recipient=a/);
      times.push(performance.now() - start);
      await context.close();
    }
    times.sort((a, b) => a - b);
    const median = ((times[4] ?? 0) + (times[5] ?? 0)) / 2;
    console.log(`first page usable: median ${Math.round(median)} ms, worst ${Math.round(times[9] ?? 0)} ms`);
    expect(median).toBeLessThan(SOON);
  });
});
