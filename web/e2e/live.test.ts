import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { accessible } from "./axe";
import { browser } from "./chromium";
import { alive, opened } from "./fixtures";
import { Installation, until } from "./installation";

describe("a page that is open", () => {
  const here = new Installation();
  let chromium: Browser;
  let token = "";
  beforeAll(async () => {
    chromium = await browser();
    await here.start("mailit.test", { smtp_outbound: { mode: "sandbox" }, auth: { registration: "first" } });
    token = await here.token();
  });
  afterAll(async () => {
    await chromium.close();
    await here.stop();
  });

  test("is not registered by once the first account is there", async () => {
    const watched = await opened(chromium, here, null);
    await watched.page.goto(`${here.url}/sign-in`);
    await watched.page.getByRole("link", { name: "Forgot your password?" }).waitFor();
    expect(await watched.page.getByRole("link", { name: /account/ }).count()).toBe(0);
    await watched.page.goto(`${here.url}/register`);
    await watched.page.getByRole("heading", { name: "Registration is closed" }).waitFor();
    await watched.page.getByText("Accounts here come by invitation.").waitFor();
    await accessible(watched.page, "closed registration");
    await watched.close();
  });

  test("counts what the sandbox catches, and lists it a message a recipient", async () => {
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails?mode=caught`);
    await alive(page);
    await page.getByText("The sandbox has caught nothing yet.").waitFor();
    await here.send({ to: ["ana@example.net", "bo@example.net"], subject: "To two" });
    await page.locator("[data-row]").nth(1).waitFor();
    await page.getByRole("link", { name: "See 2 caught" }).waitFor();
    const id = await here.send({ to: "cy@example.net", subject: "To one" });
    await page.getByRole("button", { name: "1 new" }).waitFor();
    expect(await page.locator("[data-row]").count()).toBe(2);
    await page.keyboard.press("n");
    await page.locator("[data-row]").nth(2).waitFor();
    await page.getByText("The sandbox caught 3 messages and sent none.").waitFor();
    await page.locator("[data-row]").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`${here.url}/emails/${id}`);
    await page.getByText("Caught", { exact: true }).waitFor();
    watched.clean();
    await watched.close();
  });

  test("tells the operator how database, queue and way out are", async () => {
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await alive(page);
    await page.getByRole("button", { name: /^Health/ }).click();
    await page.getByText(/^answers in [\d.]+ ms/).waitFor();
    await page.getByText("not used: mail is caught here").waitFor();
    await page.getByText("nothing waits").waitFor();
    watched.clean();
    await watched.close();
  });

  test("tells of new mails without moving what is read", async () => {
    const first = await here.send();
    await here.reaches(first, "delivered");
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
    expect(await page.locator("[data-row]").count()).toBe(3);
    await page.keyboard.press("n");
    for (const id of ids) await page.locator(`[data-row="${id}"]`).waitFor();
    expect(await page.getByRole("button", { name: /new$/ }).count()).toBe(0);
    watched.clean();
    await watched.close();
  });

  test("through a filter tells of what is new there alone, without moving what is read", async () => {
    const to = "filtered@example.net";
    for (const id of [await here.send({ to }), await here.send({ to })]) await here.reaches(id, "delivered");
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails?recipient=${to}`);
    await alive(page);
    const rows = page.locator("[data-row]");
    const before = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-row")));
    expect(before).toHaveLength(2);
    await here.send({ to: "somebody@example.net" });
    const id = await here.send({ to });
    await page.getByRole("button", { name: "1 new" }).waitFor();
    expect(await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-row")))).toEqual(before);
    await page.keyboard.press("n");
    await page.locator(`[data-row="${id}"]`).waitFor();
    await page.getByRole("button", { name: /new$/ }).waitFor({ state: "hidden" });
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

    await accessible(page, "emails, while the API is down");
    await accessible(detail, "a mail, while the API is down");

    // What is asked for anew says why it can't be had, and what was there stays.
    await detail.bringToFront();
    await detail.getByRole("link", { name: "Source" }).click();
    await detail.getByText("The source can’t be shown.").waitFor();
    await detail.getByRole("button", { name: /^Health/ }).click();
    await detail.getByText("Is the daemon running?").waitFor();
    await detail.keyboard.press("Escape");
    await detail.getByRole("button", { name: "Account" }).click();
    await detail.getByRole("button", { name: "Sign out" }).click();
    await detail.getByText("so the session could not be ended").waitFor();
    await detail.keyboard.press("Escape");
    await detail.keyboard.press("r");
    await detail.getByText("This mail could not be had anew").waitFor();
    await accessible(detail, "a mail that could not be had anew");
    await page.bringToFront();
    await page.getByLabel("Status").selectOption("bounced");
    await page.getByText("The mails can’t be shown.").waitFor();
    await page.goBack();
    await page.locator(`[data-row="${kept}"]`).waitFor();
    await page.keyboard.press("t");
    await page.getByText("Your teams can’t be shown.").waitFor();
    await page.keyboard.press("Escape");

    // Opened while it is down, each page says so, too.
    const fresh = await opened(chromium, here, token);
    for (const path of ["/emails", "/emails?mode=caught", `/emails/${kept}?tab=preview`]) {
      await fresh.page.goto(here.url + path);
      await fresh.page.getByRole("alert").getByText("can’t be shown").waitFor();
      await accessible(fresh.page, `${path}, opened while the API is down`);
    }
    const outside = await opened(chromium, here, null);
    for (const [path, label] of [["/sign-in", "Password"], ["/register", "Password"], ["/forgot", "Email"], ["/reset?token=x", "New password"]] as const) {
      await outside.page.goto(here.url + path);
      for (const field of await outside.page.locator("form input").all()) {
        await field.fill((await field.getAttribute("type")) === "email" ? "a@example.org" : "whatever it is");
      }
      await outside.page.getByLabel(label, { exact: true }).press("Enter");
      await outside.page.getByText("MailIt's API can't be reached.").waitFor();
      await accessible(outside.page, `${path}, while the API is down`);
    }
    await outside.page.goto(`${here.url}/invite?token=x`);
    await outside.page.getByText("MailIt can't be reached.").waitFor();
    await outside.close();

    await here.startDaemon();
    const missed = await here.send({ subject: "While you were away" });
    await page.getByRole("button", { name: "1 new" }).waitFor({ timeout: 40_000 });
    await page.keyboard.press("n");
    await page.locator(`[data-row="${missed}"]`).getByText("Delivered").waitFor();
    expect(await page.getByText("trying again").count()).toBe(0);
    await detail.bringToFront();
    await detail.getByText("could not be had anew").waitFor({ state: "hidden", timeout: 40_000 });
    await detail.getByLabel("Source", { exact: true }).getByText("DKIM-Signature:").first().waitFor({ timeout: 40_000 });
    await fresh.page.bringToFront();
    await fresh.page.getByText("ana@example.net has it.").waitFor({ timeout: 40_000 });
    await fresh.close();
    await watched.close();
  });

  test("says that the API hangs, and so does a page that is opened then", async () => {
    const kept = await here.send();
    const watched = await opened(chromium, here, token);
    const outside = await opened(chromium, here, null);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.locator(`[data-row="${kept}"]`).waitFor();
    await alive(page);
    const goOn = here.freezeDaemon();
    try {
      await page.keyboard.press("r");
      await page.getByText("The mails could not be had anew").waitFor({ timeout: 60_000 });
      await page.getByText("MailIt's API does not answer.").waitFor();
      expect(await page.locator(`[data-row="${kept}"]`).count()).toBe(1);
      await accessible(page, "emails that could not be had anew");
      const fresh = await watched.context.newPage();
      for (const path of ["/emails", `/emails/${kept}`]) {
        await fresh.goto(here.url + path, { timeout: 20_000 });
        await fresh.getByRole("alert").getByText("can’t be shown").waitFor();
      }
      await outside.page.goto(`${here.url}/sign-in`, { timeout: 20_000 });
      await outside.page.getByLabel("Email").waitFor();
    } finally {
      goOn();
    }
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByText("could not be had anew").waitFor({ state: "hidden", timeout: 60_000 });
    await outside.close();
    await watched.close();
  }, 180_000);

  test("goes on after its stream was cut, with what came meanwhile", async () => {
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.locator("[data-row]").first().waitFor();
    await page.waitForTimeout(500);
    await here.stopServer();
    await page.getByText("trying again").waitFor();
    // Nowhere to go to: the page stays, and not the browser's own error.
    await page.getByText("API away").waitFor();
    const row = page.locator("[data-row]").nth(1);
    await row.click();
    await row.press("Enter");
    await page.keyboard.press("k");
    await page.locator("#announcements").getByText("no other page can be opened").waitFor({ state: "attached" });
    expect(page.url()).toBe(`${here.url}/emails`);
    const ids = [await here.send(), await here.send()];
    await here.startServer();
    await page.getByRole("button", { name: "2 new" }).waitFor({ timeout: 40_000 });
    await page.keyboard.press("n");
    for (const id of ids) await page.locator(`[data-row="${id}"]`).waitFor();
    await watched.context.setOffline(true);
    await row.click();
    await page.locator("#announcements").getByText("no other page can be opened").waitFor({ state: "attached" });
    await watched.context.setOffline(false);
    await until("the row to be opened again", async () => {
      await row.click({ timeout: 1000 });
      await page.waitForURL(/emails\/./, { timeout: 1000 });
      return true;
    });
    await watched.close();
  });
});
