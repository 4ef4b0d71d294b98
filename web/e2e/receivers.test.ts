import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { browser } from "./chromium";
import { opened } from "./fixtures";
import { Installation, until } from "./installation";
import { Exchanger, Names } from "./receivers";

const DOMAIN = "acme.example";

describe("what a receiver says", () => {
  const here = new Installation();
  const names = new Names(here.folder);
  const exchanger = new Exchanger();
  let chromium: Browser;
  let token = "";
  const send = (to: string | string[]) => here.send({ from: `hello@${DOMAIN}`, to });

  beforeAll(async () => {
    chromium = await browser();
    await names.start();
    await exchanger.start();
    await here.start(DOMAIN, {
      smtp_outbound: { hostname: "mail.acme.example", port: exchanger.port, retry_delays: ["3s"] },
      security: { allowed_networks: ["127.0.0.0/8"] },
      dns: { resolver: `127.0.0.1:${names.port}`, timeout: "3s" },
    });
    await names.publish(DOMAIN, here);
    const [domain] = (await here.call("GET", "/domains")).data;
    await here.call("POST", `/domains/${domain.id}/verify`);
    await until("the domain to be verified", async () => (await here.call("GET", `/domains/${domain.id}`)).status === "verified");
    token = await here.token();
  });
  afterAll(async () => {
    await chromium.close();
    names.stop();
    exchanger.stop();
    await here.stop();
  });

  test("at a bounce stands on the page word for word, and no strip says sandbox", async () => {
    const words = "550 5.1.1 <gone@example.net>: Recipient   address rejected; see https://example.net/why?a=1&b=<2>";
    exchanger.answers.set("gone", words);
    const id = await send(["gone@example.net", "bo@example.net"]);
    await here.reaches(id, "bounced");
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails/${id}`);
    await page.getByRole("heading", { name: "Why it bounced" }).waitFor();
    expect(await page.getByRole("region", { name: "Why it bounced" }).locator("samp").textContent()).toBe(words);
    await page.getByText("1 of 2 delivered; 1 bounced.").waitFor();
    expect(await page.getByText("Sandbox:").count()).toBe(0);
    watched.clean();
    await watched.close();
  });

  test("for now, then for good, turns the page without a reload", async () => {
    exchanger.answers.set("later", "451 4.7.1 Greylisted, come back in a while");
    const id = await send("later@example.net");
    await here.reaches(id, "delivery_delayed");
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails/${id}`);
    await page.getByRole("heading", { name: "Why it waits" }).waitFor();
    await page.getByText("451 4.7.1 Greylisted, come back in a while").first().waitFor();
    exchanger.answers.delete("later");
    await page.getByText("later@example.net has it.").waitFor({ timeout: 30_000 });
    expect(await page.getByRole("heading", { name: "Why it waits" }).count()).toBe(0);
    expect(await page.locator("samp").last().textContent()).toBe("250 2.0.0 Taken");
    watched.clean();
    await watched.close();
  });
});
