import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { browser } from "./chromium";
import { fits, opened, shared, type Watched } from "./fixtures";
import { until } from "./installation";

const HOSTILE = `<!doctype html><html><head>
<link rel="preconnect" href="https://evil.example"><link rel="dns-prefetch" href="//evil.example">
<link rel="stylesheet" href="https://evil.example/a.css"><meta http-equiv="refresh" content="0;url=https://evil.example/refresh">
<base href="https://evil.example/"><style>@import url(https://evil.example/b.css); body{background:url(https://evil.example/bg.png)}
@font-face{font-family:x;src:url(https://evil.example/f.woff2)} p{font-family:x; color: rgb(200, 0, 0)}</style></head>
<body onload="parent.postMessage('ran','*')"><p>Hostile</p>
<script>parent.postMessage('ran','*'); top.location='https://evil.example/top'; document.title='ran'</script>
<img src="https://evil.example/pixel.gif" onerror="parent.postMessage('ran','*')"><img src="x" srcset="https://evil.example/2x.png 2x">
<svg onload="parent.postMessage('ran','*')"><image href="https://evil.example/s.png"/></svg>
<iframe src="https://evil.example/frame"></iframe><iframe srcdoc="<script>parent.parent.postMessage('ran','*')</script>"></iframe>
<object data="https://evil.example/o"></object><embed src="https://evil.example/e"><video poster="https://evil.example/v.png" autoplay src="https://evil.example/v.mp4"></video>
<form action="https://evil.example/form" method="post"><button id="go">Go</button></form>
<a id="out" href="https://evil.example/link" target="_top" ping="https://evil.example/ping">out</a>
<a id="js" href="javascript:parent.postMessage('ran','*')">js</a>
<div style="position:fixed;inset:0;background:url(https://evil.example/inline.png)">styled</div>
</body></html>`;

describe("a mail that is not like others", () => {
  const here = shared();
  let chromium: Browser;
  let token = "";
  beforeAll(async () => {
    chromium = await browser();
    token = await here.token();
  });
  afterAll(() => chromium.close());

  const at = async (id: string, width = 375): Promise<Watched> => {
    const watched = await opened(chromium, here, token, { viewport: { width, height: 800 } });
    await watched.page.goto(`${here.url}/emails/${id}`);
    await watched.page.getByRole("region", { name: "Content" }).waitFor();
    return watched;
  };
  const inFrame = async (page: Page) => {
    await until("the frame", async () => page.frames().length > 1);
    const frame = page.frames().find((one) => one.url().includes("/preview/"));
    if (!frame) throw new Error("There is no preview");
    return frame;
  };

  test("can run no script and send no request from its frame", async () => {
    const id = await here.send({ html: HOSTILE, subject: "<script>alert(1)</script><img src=x onerror=alert(1)>" });
    const watched = await opened(chromium, here, token);
    const { page, context } = watched;
    const ran: string[] = [];
    await context.exposeFunction("heard", (what: string) => ran.push(what));
    await page.addInitScript(() => {
      // @ts-expect-error: given by exposeFunction
      window.addEventListener("message", (event) => window.heard(String(event.data)));
    });
    page.on("dialog", (dialog) => ran.push(dialog.message()));
    await page.goto(`${here.url}/emails/${id}`);
    const frame = await inFrame(page);
    await frame.getByText("Hostile").waitFor();
    expect(await frame.getByText("Hostile").evaluate((p) => getComputedStyle(p).color)).toBe("rgb(200, 0, 0)");
    for (const link of ["#go", "#out", "#js"]) {
      const one = page.frameLocator("iframe").locator(link);
      await one.dispatchEvent("click", {}, { timeout: 2000 }).catch(() => {});
    }
    await page.waitForTimeout(1500);
    expect(ran).toEqual([]);
    expect(new URL(page.url()).host).toBe(new URL(here.url).host);
    // What the policy refused was told on the console; nothing may have left.
    expect(watched.faults.filter((fault) => fault.startsWith("left"))).toEqual([]);
    await watched.close();
  });

  test("opened as a page of its own has the same policy, and another origin", async () => {
    const id = await here.send({ html: HOSTILE });
    const answer = await fetch(`${here.url}/preview/email/${id}`, { headers: { cookie: `__Host-mailit=${token}` } });
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("sandbox;");
    expect(policy).toContain("default-src 'none'");
    expect(await answer.text()).not.toMatch(/<link/i);
  });

  test("without HTML shows its text, with what it says of itself kept", async () => {
    const watched = await at(await here.send({ html: undefined, text: "Only text\n  <b>as it is</b>" }));
    expect(await watched.page.locator("pre").textContent()).toBe("Only text\n  <b>as it is</b>");
    await watched.page.getByRole("link", { name: "Preview" }).click();
    await watched.page.getByText("This mail has no HTML part").waitFor();
    watched.clean();
    await watched.close();
  });

  test("to fifty recipients gathers them by how they stand", async () => {
    const to = Array.from({ length: 50 }, (_, index) => `person${index}@example.net`);
    const id = await here.send({ to });
    await here.reaches(id, "delivered");
    const watched = await at(id);
    await watched.page.getByText("All 50 recipients have it.").waitFor();
    await watched.page.locator("summary", { hasText: "50" }).click();
    await watched.page.getByText("person49@example.net").waitFor();
    expect(await fits(watched.page)).toBe(true);
    watched.clean();
    await watched.close();
  });

  test.each([
    ["of 900 characters", "A very long subject ".repeat(45)],
    ["of 900 characters without a space", "x".repeat(900)],
    ["from right to left", "مرحبا بكم في خدمة البريد الإلكتروني (hello) 123"],
    ["with emoji", "👩‍👩‍👧‍👦 Family 🏳️‍🌈 and 🇩🇪"],
    ["without a subject", ""],
  ])("with a subject %s fits a phone, whole", async (_, subject) => {
    const id = await here.send({ subject: subject || " ", to: "a-very-long-address-".repeat(3) + "@example.net" });
    const watched = await at(id);
    const { page } = watched;
    expect(await fits(page)).toBe(true);
    if (subject) expect((await page.locator("h1").textContent())?.trim()).toBe(subject.trim());
    await page.goto(`${here.url}/emails`);
    await page.locator(`[data-row="${id}"]`).waitFor();
    expect(await fits(page)).toBe(true);
    watched.clean();
    await watched.close();
  });
});
