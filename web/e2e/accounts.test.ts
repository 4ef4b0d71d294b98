import { createHmac } from "node:crypto";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { accessible } from "./axe";
import { browser } from "./chromium";
import { alive, opened, shared } from "./fixtures";
import { EMAIL, PASSWORD, until } from "./installation";

describe("somebody who comes in", () => {
  const here = shared();
  let chromium: Browser;
  beforeAll(async () => {
    chromium = await browser();
  });
  afterAll(() => chromium.close());

  const at = async (path: string, token: string | null = null) => {
    const watched = await opened(chromium, here, token);
    await watched.page.goto(here.url + path);
    return watched;
  };
  const signIn = async (page: Page, email: string, password: string) => {
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.keyboard.press("Enter");
  };
  const team = (page: Page) => page.getByRole("button", { name: /^Team:/ }).textContent();

  test("registers by keyboard, is told at the field what is wrong, and has a team", async () => {
    const watched = await at("/sign-in");
    const { page } = watched;
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.waitForURL(/register/);
    await page.getByLabel("Your name").focus();
    for (const text of ["Noa New", EMAIL, PASSWORD]) {
      await page.keyboard.type(text);
      await page.keyboard.press("Tab");
    }
    // Past the button that shows the password.
    await page.keyboard.press("Tab");
    await page.keyboard.type("Noa’s team");
    await page.keyboard.press("Enter");
    await page.getByText("An account with this email can't be registered.").waitFor();
    await accessible(page, "a registration that was refused");
    await page.getByLabel("Email").fill("noa@example.org");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${here.url}/emails`);
    await alive(page);
    expect(await team(page)).toContain("Noa’s team");

    // The first domain is asked for where the first mail is.
    await page.getByLabel("Which domain do your mails come from?").fill("not a domain");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "name" }).waitFor();
    await page.getByLabel("Which domain do your mails come from?").fill("noa.example");
    await page.keyboard.press("Enter");
    await page.getByLabel("The line that sends").getByText("hello@noa.example").waitFor();
    await page.getByRole("button", { name: "Add domain" }).waitFor({ state: "hidden" });
    watched.clean();
    await watched.close();
  });

  test("with a wrong password reads one sentence, whoever he is; too many tries are counted down", async () => {
    const watched = await at("/sign-in");
    const { page } = watched;
    const said = page.getByText("Email or password is wrong.");
    for (const email of [EMAIL, "nobody@example.org"]) {
      await signIn(page, email, "not the password");
      await said.waitFor();
      await accessible(page, "a sign-in that was refused");
      await page.reload();
    }
    await here.register("hasty@example.org");
    const tried = () => here.call("POST", "/auth/login", { email: "hasty@example.org", password: "no" }, "").catch((error: Error) => error.message);
    await until("the account to be limited", async () => String(await tried()).includes("rate_limit_exceeded"));
    await signIn(page, "hasty@example.org", PASSWORD);
    const left = page.getByText(/Try again in \d+ s\.$/);
    const first = await left.textContent();
    expect(await page.getByRole("button", { name: "Sign in" }).isDisabled()).toBe(true);
    await until("the seconds to be counted down", async () => (await left.textContent()) !== first);
    watched.clean();
    await watched.close();
  });

  test("with a second factor is asked for its code, and only then", async () => {
    const token = await here.register("coded@example.org");
    const { secret } = await here.call("POST", "/auth/totp", { password: PASSWORD }, token);
    const { recovery_codes: spare } = await here.call("POST", "/auth/totp/confirm", { code: code(secret) }, token);
    const watched = await at("/sign-in?next=%2Femails%3Fstatus%3Dsent");
    const { page } = watched;
    expect(await page.getByLabel("Code").count()).toBe(0);
    await signIn(page, "coded@example.org", PASSWORD);
    await page.getByLabel("Code").fill("000000");
    await accessible(page, "the second factor");
    await page.keyboard.press("Enter");
    await page.getByText("The code is wrong, or it was used before.").waitFor();
    await page.getByLabel("Code").fill(spare[0]);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${here.url}/emails?status=sent`);
    watched.clean();
    await watched.close();
  });

  test("who forgot the password sets a new one by the mail's link, which works once", async () => {
    await here.register("forgetful@example.org");
    const watched = await at("/forgot");
    const { page } = watched;
    await page.getByLabel("Email").fill("forgetful@example.org");
    await page.keyboard.press("Enter");
    await page.getByText("If there is an account, a mail is on its way.").waitFor();
    const link = await mailed("forgetful@example.org", /\/reset\?token=[\w-]+/);
    await page.goto(here.url + link);
    await page.getByLabel("New password").fill("short");
    await page.keyboard.press("Enter");
    expect(new URL(page.url()).pathname).toBe("/reset");
    await page.getByLabel("New password").fill("a new horse battery");
    await page.keyboard.press("Enter");
    await page.getByText("Your new password is set.").waitFor();
    await signIn(page, "forgetful@example.org", "a new horse battery");
    await page.waitForURL(`${here.url}/emails`);
    await page.goto(here.url + link);
    await page.getByLabel("New password").fill("another horse battery");
    await page.keyboard.press("Enter");
    await page.getByText("This link was used already, or it is too old.").waitFor();
    watched.clean();
    await watched.close();
  });

  test("who is invited sees by whom and as what, joins, and switches between his teams", async () => {
    const email = "both@example.org";
    const own = await here.register(email);
    const { url } = await here.call("POST", "/team/invitations", { email, role: "member" }, await here.token());
    const path = url.slice(url.indexOf("/invite"));
    const watched = await at(path);
    const { page } = watched;
    await page.getByRole("heading", { name: "Join Acme" }).waitFor();
    await page.getByText("as member.").waitFor();
    await page.getByLabel("Password", { exact: true }).fill("wrong horse battery");
    await page.keyboard.press("Enter");
    await page.getByText("The password is wrong.").waitFor();
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${here.url}/emails`);
    await alive(page);
    expect(await team(page)).toContain("Acme");

    // By keyboard: the other team, with nothing of this one left in the address.
    await page.goto(`${here.url}/emails?status=delivered`);
    await alive(page);
    await page.keyboard.press("t");
    const other = page.getByRole("dialog").getByRole("button", { name: /^Other/ });
    await other.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`${here.url}/emails`);
    await alive(page);
    await page.getByText("No mail has been sent yet.").waitFor();
    expect(await team(page)).toContain("Other");
    await page.keyboard.press("t");
    await page.getByRole("button", { name: "New team" }).click();
    await page.getByLabel("Name of the new team").fill("Third");
    await page.keyboard.press("Enter");
    await page.waitForLoadState("load");
    await until("the new team", async () => (await team(page))?.includes("Third") ?? false);
    expect((await here.call("GET", "/auth/me", undefined, own)).teams).toHaveLength(3);
    await page.goto(here.url + path);
    await page.getByRole("heading", { name: "This invitation can’t be used" }).waitFor();
    watched.clean();
    await watched.close();
  });

  /** What matches in the newest mail to somebody: in the sandbox, system mail is among the operator's own. */
  async function mailed(to: string, what: RegExp): Promise<string> {
    let found = "";
    await until(`a mail to ${to}`, async () => {
      const { data } = await here.call("GET", `/emails?recipient=${encodeURIComponent(to)}`);
      const { text } = await here.call("GET", `/emails/${data[0].id}`);
      found = what.exec(text)?.[0] ?? "";
      return found !== "";
    });
    return found;
  }
});

/** The code of this moment (RFC 6238), of a secret in base 32. */
function code(secret: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/=+$/, "")].map((one) => letters.indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((one) => Number.parseInt(one, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
