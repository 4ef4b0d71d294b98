import { createServer } from "node:http";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { accessible } from "./axe";
import { browser } from "./chromium";
import { alive, cookie, opened, shared } from "./fixtures";
import { EMAIL, PASSWORD } from "./installation";

const NOBODY = "00000000-0000-7000-8000-000000000000";

describe("somebody else", () => {
  const here = shared();
  let chromium: Browser;
  let mail = "";
  beforeAll(async () => {
    chromium = await browser();
    mail = await here.send();
  });
  afterAll(() => chromium.close());

  const asked = (path: string, init: RequestInit & { token?: string } = {}) => {
    const headers = new Headers(init.headers);
    if (init.token) headers.set("cookie", `__Host-mailit=${init.token}`);
    return fetch(here.url + path, { ...init, headers, redirect: "manual" });
  };
  const paths = () => ["/", "/emails", "/emails?mode=caught", `/emails/${mail}`, "/nowhere"];

  test("without a session, with a forged one and with one that is over sees the sign-in page", async () => {
    const token = await here.token();
    const [head, body] = token.split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
    const forged = [`${head}.${body}.${"A".repeat(43)}`, `${none}.${body}.`, here.signed(token, "another secret".repeat(4))];
    for (const bad of ["", "nonsense", ...forged, here.expired(token)]) {
      for (const path of paths()) {
        const answer = await asked(path, { token: bad });
        expect([answer.status, answer.headers.get("location")], `${path} with ${bad}`).toEqual([
          307,
          `/sign-in?next=${encodeURIComponent(path)}`,
        ]);
      }
      for (const path of ["/api/emails", "/api/event-log/stream", "/api/sandbox", "/api/session"]) {
        expect([401, 403], path).toContain((await asked(path, { token: bad })).status);
      }
      expect(await (await asked(`/preview/email/${mail}`, { token: bad })).text()).not.toContain("It works");
    }
  });

  test("can't name himself by a header", async () => {
    const session = Buffer.from(JSON.stringify({ user: { email: "evil@example.org" } })).toString("base64url");
    const answer = await asked("/emails", { headers: { "x-mailit-session": session } });
    expect(answer.status).toBe(307);
  });

  test("whose session is revoked is sent to sign in by the page that is open", async () => {
    const token = await here.token();
    const watched = await opened(chromium, here, token);
    await watched.page.goto(`${here.url}/emails`);
    await watched.page.locator("[data-row]").first().waitFor();
    await watched.page.getByRole("button", { name: "Health: OK" }).waitFor();
    await here.call("POST", "/auth/logout", undefined, token);
    await watched.page.keyboard.press("r");
    await watched.page.waitForURL(/\/sign-in\?next=%2Femails/);
    await watched.close();
  });

  test("of another team gets nothing by an id", async () => {
    const other = await here.register("other@example.org");
    const ours = { "sec-fetch-site": "same-origin", "x-mailit": "1", "content-type": "application/json" };
    const { team } = await here.call("GET", "/auth/me", undefined, await here.token());
    const turned = await asked("/api/session/team", { method: "POST", token: other, headers: ours, body: JSON.stringify({ team_id: team.id }) });
    expect([403, 404]).toContain(turned.status);
    expect(turned.headers.get("set-cookie")).toBeNull();
    for (const id of [mail, NOBODY, "nonsense"]) {
      const page = await asked(`/emails/${id}`, { token: other });
      expect(page.status).toBe(404);
      expect(await page.text()).toContain("No such email in this team");
      for (const part of ["", "/events", "/raw", "/why", "/attempts", "/attachments"]) {
        const answer = await asked(`/api/emails/${id}${part}`, { token: other });
        expect(answer.status, id + part).toBeGreaterThanOrEqual(400);
        expect(answer.status, id + part).toBeLessThan(500);
      }
      expect((await asked(`/preview/email/${id}?images=remote`, { token: other })).status).toBe(404);
      expect(await (await asked(`/preview/email/${id}`, { token: other })).text()).not.toContain("It works");
    }
  });

  test("on another site can't make a browser change anything", async () => {
    const token = await here.token();
    const body = JSON.stringify({ name: "stolen" });
    const post = (headers: Record<string, string>) =>
      asked("/api/api-keys", { method: "POST", token, body, headers: { "content-type": "application/json", ...headers } });
    const ours = { "sec-fetch-site": "same-origin", "x-mailit": "1" };
    const not: Record<string, string>[] = [
      {},
      { "x-mailit": "1" },
      { "sec-fetch-site": "same-origin" },
      { ...ours, "sec-fetch-site": "cross-site" },
      { ...ours, "sec-fetch-site": "same-site" },
      { "x-mailit": "1", origin: "http://evil.example" },
      { "x-mailit": "1", origin: "null" },
    ];
    for (const headers of not) {
      expect((await post(headers)).status, JSON.stringify(headers)).toBe(403);
    }
    const keys = await here.call("GET", "/api-keys", undefined, token);
    expect(keys.data.map((one: { name: string }) => one.name)).not.toContain("stolen");
    for (const method of ["POST", "DELETE"]) {
      const cross = { "sec-fetch-site": "cross-site", "x-mailit": "1" };
      expect((await asked("/api/session", { method, token, headers: cross })).status).toBe(403);
    }
    expect((await post(ours)).status).toBe(201);
  });

  test("with a page of his own, open in the same browser, changes nothing and reads nothing", async () => {
    const lure = createServer((_, response) => {
      response.setHeader("content-type", "text/html").end(`<!doctype html><title>Lure</title>
        <form method="post" enctype="text/plain" action="${here.url}/api/api-keys"><input name='{"name":"lured","x":"' value='"}'></form>`);
    });
    await new Promise<void>((done) => lure.listen(0, "127.0.0.1", done));
    const address = lure.address();
    // Another site to the browser: the session is kept for localhost.
    const site = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`;
    const token = await here.token();
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails`);
    await page.goto(site);
    const read = await page.evaluate(async (url) => {
      const tries: [string, RequestInit][] = [
        ["/api/api-keys", { method: "POST", mode: "no-cors", body: '{"name":"lured"}' }],
        ["/api/api-keys", { method: "POST", mode: "cors", headers: { "content-type": "application/json", "X-MailIt": "1" }, body: '{"name":"lured"}' }],
        ["/api/session", { method: "DELETE", mode: "cors", headers: { "X-MailIt": "1" } }],
        ["/api/emails", { mode: "cors" }],
      ];
      const said: string[] = [];
      for (const [path, init] of tries) {
        const answer = await fetch(url + path, { credentials: "include", ...init }).catch(() => null);
        if (answer && answer.type !== "opaque") said.push(await answer.text());
      }
      return said;
    }, here.url);
    expect(read).toEqual([]);
    await page.locator("form").evaluate((form: HTMLFormElement) => form.submit());
    await page.waitForURL(`${here.url}/**`);
    const keys = await here.call("GET", "/api-keys", undefined, token);
    expect(keys.data.map((one: { name: string }) => one.name)).not.toContain("lured");
    expect((await here.call("GET", "/auth/me", undefined, token)).user.email).toBe(EMAIL);
    await watched.close();
    lure.close();
  });

  test("finds the token nowhere: not in a page, in storage, in an answer or a script's reach", async () => {
    const id = await here.send();
    const watched = await opened(chromium, here, null);
    const { page, context } = watched;
    const bodies: Promise<string>[] = [];
    page.on("response", (response) => {
      if (!/_next\/static|event-log\/stream/.test(response.url())) {
        bodies.push(response.text().then((text) => `${response.url()} ${JSON.stringify(response.headers())} ${text}`, () => ""));
      }
    });
    await page.goto(`${here.url}/sign-in`);
    await page.getByLabel("Email").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.keyboard.press("Enter");
    await page.locator(`[data-row="${id}"]`).click();
    await page.waitForURL(/emails\/./);
    await page.locator("iframe").waitFor();
    const kept = (await context.cookies()).find((one) => one.name === "__Host-mailit");
    expect(kept).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
    const token = kept?.value ?? "";
    expect(token.length).toBeGreaterThan(40);
    const reach = await page.evaluate(
      () => document.cookie + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }) + document.documentElement.outerHTML,
    );
    const signature = token.split(".")[2] ?? token;
    expect(reach).not.toContain(signature);
    for (const body of await Promise.all(bodies)) {
      // The cookie itself is set by the one answer that signs in, in a header that no script can read.
      const seen = body.replace(/__Host-mailit=[^;]+/g, "");
      expect(seen.includes(signature), seen.slice(0, 120)).toBe(false);
    }
    // Whatever a script could reach of this page's memory.
    const session = await context.newCDPSession(page);
    let heap = "";
    session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => {
      heap += chunk;
    });
    await session.send("HeapProfiler.takeHeapSnapshot");
    expect(heap.length).toBeGreaterThan(1_000_000);
    expect(heap.includes(EMAIL)).toBe(true);
    expect(heap.includes(signature)).toBe(false);
    watched.clean();
    await watched.close();
  });

  test("is not led away by `next`, and no path leads out of the API", async () => {
    const token = await here.token();
    for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/%09/evil.example"]) {
      const answer = await asked(`/sign-in?next=${encodeURIComponent(next)}`, { token });
      const to = new URL(answer.headers.get("location") ?? "", here.url);
      expect(to.host, next).toBe(new URL(here.url).host);
    }
    const ours = { "sec-fetch-site": "same-origin", "x-mailit": "1" };
    for (const path of ["auth/login", "auth/register", "auth/accept-invite", "auth/team", "%61uth/login"]) {
      expect((await asked(`/api/${path}`, { token, method: "POST", headers: ours })).status, path).toBe(403);
    }
    for (const path of ["/api/auth/me", "/api/%61uth/me", "/api/AUTH/me"]) {
      expect((await asked(path, { token })).status, path).toBe(403);
    }
    for (const path of ["/api/emails/%2e%2e/%2e%2e/auth/me", "/api/emails%2f..%2fauth%2fme", "/api//emails", "/api/emails/%252e%252e/x"]) {
      // A doubled slash is mended by a redirect within this host.
      expect([308, 400, 403, 404], path).toContain((await asked(path, { token })).status);
    }
    const raw = await asked(`/api/emails/${mail}/raw`, { token });
    expect(raw.headers.get("content-disposition")).toBe("attachment");
    expect(raw.headers.get("content-security-policy")).toContain("sandbox");
  });

  test("signing out ends the session at the API, too", async () => {
    const token = await here.token();
    const watched = await opened(chromium, here, token);
    await watched.page.goto(`${here.url}/emails`);
    await watched.page.getByRole("button", { name: "Account" }).click();
    await watched.page.getByRole("button", { name: "Sign out" }).click();
    await watched.page.waitForURL(/sign-in/);
    expect((await watched.context.cookies()).map((one) => one.name)).not.toContain(cookie("").name);
    await expect(here.call("GET", "/auth/me", undefined, token)).rejects.toThrow();
    watched.clean();
    await watched.close();
  });

  test("with two teams in two tabs is never shown one's mails as the other's, nor writes to it", async () => {
    const email = "twice@example.org";
    const token = await here.register(email);
    const { url } = await here.call("POST", "/team/invitations", { email, role: "member" }, await here.token());
    const watched = await opened(chromium, here, token);
    const { page, context } = watched;
    await page.goto(`${here.url}/emails`);
    await alive(page);
    await page.getByText("No mail has been sent yet.").waitFor();
    const second = await context.newPage();
    await second.goto(here.url + url.slice(url.indexOf("/invite")));
    await second.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await second.keyboard.press("Enter");
    await second.waitForURL(`${here.url}/emails`);
    await second.locator("[data-row]").first().waitFor();

    await page.bringToFront();
    await page.keyboard.press("r");
    await page.getByText("What you see here is Other’s").waitFor();
    expect(await page.locator("[data-row]").count()).toBe(0);
    await page.getByRole("button", { name: "Create API key" }).click();
    await page.getByRole("region", { name: "Send the first mail" }).getByRole("alert").getByText("turned to another team").waitFor();
    await accessible(page, "another team in another tab");

    // A page that is gone on to comes whole, with the other team's name on it.
    const third = await context.newPage();
    await third.goto(`${here.url}/emails?mode=caught`);
    await alive(third);
    await context.addCookies([cookie(token)]);
    await third.getByRole("link", { name: "All emails" }).click();
    await third.getByRole("button", { name: "Team: Other" }).waitFor();
    await third.getByText("No mail has been sent yet.").waitFor();

    // Turned back in the other tab, this one goes on.
    await page.bringToFront();
    await page.keyboard.press("r");
    await page.getByText("What you see here is Other’s").waitFor({ state: "hidden" });
    watched.clean();
    await watched.close();
  });
});
