import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { browser } from "./chromium";
import { opened, shared } from "./fixtures";
import { PASSWORD } from "./installation";

describe("a new user, by keyboard alone", () => {
  const here = shared();
  let chromium: Browser;
  beforeAll(async () => {
    chromium = await browser();
    await here.register("new@example.org");
  });
  afterAll(() => chromium.close());

  test("@perf goes from the sign-in page to the source of the first mail", async () => {
    const watched = await opened(chromium, here, null);
    const { page } = watched;
    await page.goto(`${here.url}/emails?status=delivered`);
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    // The wrong password first: one message, whatever is wrong.
    await page.keyboard.type("new@example.org");
    await page.keyboard.press("Tab");
    await page.keyboard.type("wrong password");
    await page.keyboard.press("Enter");
    await page.getByText("Email or password is wrong.").waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${here.url}/emails?status=delivered`);
    await page.getByText("No mails match this filter.").waitFor();
    await page.getByText("Sandbox:").waitFor();

    await page.goto(`${here.url}/emails`);
    const line = page.getByLabel("The line that sends");
    expect(await line.textContent()).toContain(`curl -X POST ${here.api}/emails`);
    expect(await line.textContent()).toContain("$MAILIT_API_KEY");
    const make = page.getByRole("button", { name: "Create API key" });
    await make.focus();
    await page.keyboard.press("Enter");
    await page.getByText("shown this once").waitFor();
    const key = /Bearer (re_\w+)/.exec((await line.textContent()) ?? "")?.[1] ?? "";
    expect(key).not.toBe("");

    const domain = "first.example";
    await here.call("POST", "/domains", { name: domain }, await here.token("new@example.org"));
    const before = Date.now();
    await here.call("POST", "/emails", { from: `a@${domain}`, to: "you@example.net", subject: "First", html: "<p>Here</p>" }, key);
    await page.locator("[data-row]").waitFor({ timeout: 5000 });
    expect(Date.now() - before).toBeLessThan(process.env.PERF ? 1000 : 4000);

    await page.locator("[data-row]").getByText("Delivered").waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/emails\/[0-9a-f-]{36}/);
    await page.getByText("Sandbox:").waitFor();
    await page.getByText("you@example.net has it.").waitFor();
    await page.getByRole("list", { name: "Route" }).getByText("Delivered").waitFor();
    expect(await page.locator("samp").first().textContent()).toBe("250 2.0.0 Caught by the sandbox");
    await page.frameLocator("iframe").getByText("Here").waitFor();
    await page.keyboard.press("2");
    await page.getByText("no text part").or(page.locator("pre")).first().waitFor();
    await page.keyboard.press("3");
    await page.getByLabel("Source", { exact: true }).getByText("DKIM-Signature:").first().waitFor();
    await page.keyboard.press("4");
    await page.getByText("Message-ID", { exact: true }).waitFor();
    await page.keyboard.press("u");
    await page.waitForURL(`${here.url}/emails`);
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("Show every shortcut").waitFor();
    await page.keyboard.press("Escape");
    watched.clean();
    await watched.close();
  });
});
