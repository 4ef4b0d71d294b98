import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { browser } from "./chromium";
import { opened } from "./fixtures";
import { Installation } from "./installation";

describe("a page that is open", () => {
  const here = new Installation();
  let chromium: Browser;
  let token = "";
  beforeAll(async () => {
    chromium = await browser();
    await here.start("mailit.test", { smtp_outbound: { mode: "sandbox" } });
    token = await here.token();
  });
  afterAll(async () => {
    await chromium.close();
    await here.stop();
  });

  test("tells of new mails without moving what is read", async () => {
    const first = await here.send();
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.locator(`[data-row="${first}"]`).waitFor();
    await page.getByRole("button", { name: "Health: OK" }).waitFor();
    await page.waitForTimeout(500);
    const place = await page.locator(`[data-row="${first}"]`).boundingBox();
    const ids = [await here.send(), await here.send(), await here.send()];
    await page.getByRole("button", { name: "3 new" }).waitFor({ timeout: 3000 });
    expect(await page.locator(`[data-row="${first}"]`).boundingBox()).toEqual(place);
    expect(await page.locator("[data-row]").count()).toBe(1);
    await page.keyboard.press("n");
    for (const id of ids) await page.locator(`[data-row="${id}"]`).waitFor();
    expect(await page.getByRole("button", { name: /new$/ }).count()).toBe(0);
    watched.clean();
    await watched.close();
  });

  test("takes a mail whose state changes in place", async () => {
    const soon = new Date(Date.now() + 3000).toISOString();
    const id = await here.send({ scheduled_at: soon });
    const watched = await opened(chromium, here, token);
    const row = watched.page.locator(`[data-row="${id}"]`);
    await watched.page.goto(`${here.url}/emails`);
    await row.getByText("Scheduled").waitFor();
    await row.getByText("Delivered").waitFor({ timeout: 20_000 });
    watched.clean();
    await watched.close();
  });

  test("says that the API is down, keeps what it has, and misses nothing when it is back", async () => {
    const kept = await here.send();
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    const detail = await watched.context.newPage();
    await page.goto(`${here.url}/emails`);
    await detail.goto(`${here.url}/emails/${kept}`);
    await page.locator(`[data-row="${kept}"]`).waitFor();
    await detail.getByText("ana@example.net has it.").waitFor();
    await page.bringToFront();
    await page.waitForTimeout(500);
    await here.stopDaemon("SIGKILL");
    await page.getByText("MailIt's API can't be reached, trying again. What you see is as of").waitFor({ timeout: 10_000 });
    await detail.getByText("MailIt's API can't be reached, trying again. What you see is as of").waitFor({ timeout: 10_000 });
    await page.getByText("API away").waitFor();
    expect(await page.locator(`[data-row="${kept}"]`).count()).toBe(1);
    expect(await detail.getByText("ana@example.net has it.").count()).toBe(1);

    // Opened while it is down, each page says so, too.
    const fresh = await opened(chromium, here, token);
    for (const path of ["/emails", `/emails/${kept}`]) {
      await fresh.page.goto(here.url + path);
      await fresh.page.getByRole("alert").getByText("can’t be shown").waitFor();
    }
    const signing = await opened(chromium, here, null);
    await signing.page.goto(`${here.url}/sign-in`);
    await signing.page.getByLabel("Email").fill("a@example.org");
    await signing.page.getByLabel("Password", { exact: true }).fill("whatever it is");
    await signing.page.keyboard.press("Enter");
    await signing.page.getByText("MailIt's API can't be reached.").waitFor();
    await signing.close();

    await here.startDaemon();
    const missed = await here.send({ subject: "While you were away" });
    await page.getByRole("button", { name: "1 new" }).waitFor({ timeout: 40_000 });
    await page.keyboard.press("n");
    await page.locator(`[data-row="${missed}"]`).getByText("Delivered").waitFor();
    expect(await page.getByText("trying again").count()).toBe(0);
    await fresh.page.getByText("ana@example.net has it.").waitFor({ timeout: 40_000 });
    await fresh.close();
    await watched.close();
  });

  test("goes on after its stream was cut, with what came meanwhile", async () => {
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.locator("[data-row]").first().waitFor();
    await page.waitForTimeout(500);
    await here.stopServer();
    await page.getByText("trying again").waitFor();
    const ids = [await here.send(), await here.send()];
    await here.startServer();
    await page.getByRole("button", { name: "2 new" }).waitFor({ timeout: 40_000 });
    await page.keyboard.press("n");
    for (const id of ids) await page.locator(`[data-row="${id}"]`).waitFor();
    await watched.close();
  });
});
