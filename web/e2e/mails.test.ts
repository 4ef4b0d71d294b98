import { createServer } from "node:net";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { browser } from "./chromium";
import { alive, fits, opened, shared, type Watched } from "./fixtures";
import { until } from "./installation";

/** Everything that a mail has been seen to try; `evil` is a host that counts who comes. */
const hostile = (evil: string) => `<!doctype html><html><head>
<link rel="preconnect" href="${evil}"><link rel="dns-prefetch" href="${evil.replace("http:", "")}">
<link rel="stylesheet" href="${evil}/a.css"><meta http-equiv="refresh" content="0;url=${evil}/refresh">
<base href="${evil}/"><style>@import url(${evil}/b.css); body{background:url(${evil}/bg.png)}
@font-face{font-family:x;src:url(${evil}/f.woff2)} p{font-family:x; color: rgb(200, 0, 0)}</style></head>
<body onload="parent.postMessage('ran','*')"><p>Hostile</p>
<script>parent.postMessage('ran','*'); top.location='${evil}/top'; document.title='ran'</script>
<img src="${evil}/pixel.gif" onerror="parent.postMessage('ran','*')"><img src="x" srcset="${evil}/2x.png 2x">
<svg onload="parent.postMessage('ran','*')"><image href="${evil}/s.png"/></svg>
<iframe src="${evil}/frame"></iframe><iframe srcdoc="<script>parent.parent.postMessage('ran','*')</script>"></iframe>
<object data="${evil}/o"></object><embed src="${evil}/e"><video poster="${evil}/v.png" autoplay src="${evil}/v.mp4"></video>
<form action="${evil}/form" method="post"><button id="go">Go</button></form>
<a id="out" href="${evil}/link" target="_top" ping="${evil}/ping">out</a>
<a id="js" href="javascript:parent.postMessage('ran','*')">js</a>
<div style="position:fixed;inset:0;background:url(${evil}/inline.png)">styled</div>
</body></html>`;

describe("a mail that is not like others", () => {
  const here = shared();
  let chromium: Browser;
  let token = "";
  let came = 0;
  const asked: string[] = [];
  const evil = createServer((socket) => {
    came += 1;
    socket.on("error", () => {}).on("data", (head) => {
      asked.push(head.toString().split(" ")[1] ?? "");
      socket.end();
    });
  });
  const host = () => {
    const address = evil.address();
    return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  };
  beforeAll(async () => {
    await new Promise<void>((done) => evil.listen(0, "127.0.0.1", done));
    chromium = await browser();
    token = await here.token();
  });
  afterAll(async () => {
    await chromium.close();
    evil.close();
  });

  const at = async (id: string, width = 375): Promise<Watched> => {
    const watched = await opened(chromium, here, token, { viewport: { width, height: 800 } });
    await watched.page.goto(`${here.url}/emails/${id}`);
    await watched.page.getByRole("region", { name: "Content" }).waitFor();
    return watched;
  };
  const inFrame = async (page: Page) => {
    const found = () => page.frames().find((one) => one.url().includes("/preview/"));
    await until("the preview", async () => found() !== undefined);
    return found() ?? page.mainFrame();
  };

  test("can run no script and send no request from its frame", async () => {
    const id = await here.send({ html: hostile(host()), subject: "<script>alert(1)</script><img src=x onerror=alert(1)>" });
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
    // Chromium tells of requests that the policy refused, too; whether one left, only the host can say.
    expect(came).toBe(0);
    await fetch(host()).catch(() => {});
    expect(came).toBe(1);
    await watched.close();
  });

  test("shows the pictures that it carries, and those from elsewhere only when asked, a mail at a time", async () => {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==";
    const html = `<img id="own" src="cid:logo@acme"><img id="far" src="${host()}/far.png"><link rel="stylesheet" href="${host()}/far.css">
      <script>parent.postMessage('ran','*')</script>`;
    const attachments = [{ filename: "logo.png", content: png, content_type: "image/png", content_id: "logo@acme" }];
    const id = await here.send({ html, attachments });
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    const before = came;
    asked.length = 0;
    await page.goto(`${here.url}/emails/${id}`);
    const own = page.frameLocator("iframe").locator("#own");
    await until("its own picture", async () => (await own.evaluate((one: HTMLImageElement) => one.naturalWidth)) === 2);
    expect(came).toBe(before);
    const button = page.getByRole("button", { name: "Show remote images" });
    await button.focus();
    await page.keyboard.press("Enter");
    await until("the picture from elsewhere to be asked for", async () => came > before);
    await page.waitForTimeout(500);
    // One that is not answered may be tried again; what is no picture is never asked for.
    expect(new Set(asked)).toEqual(new Set(["/far.png"]));
    expect(await button.count()).toBe(0);

    const other = await here.send({ html });
    await page.goto(`${here.url}/emails/${other}`);
    await page.getByRole("button", { name: "Show remote images" }).waitFor();
    await watched.close();
  });

  test("opened as a page of its own has the same policy, and another origin", async () => {
    const id = await here.send({ html: hostile(host()) });
    const answer = await fetch(`${here.url}/preview/email/${id}`, { headers: { cookie: `__Host-mailit=${token}` } });
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("sandbox;");
    expect(policy).toContain("default-src 'none'");
    expect(await answer.text()).not.toMatch(/<(link|iframe|object|embed)/i);
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
    await watched.page.locator("summary").first().click();
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

  test("with a subject of which nothing is to be seen says so", async () => {
    const id = await here.send({ subject: "\u200b" });
    const watched = await at(id);
    await watched.page.getByRole("heading", { name: "(no subject)" }).waitFor();
    await watched.page.goto(`${here.url}/emails`);
    await watched.page.locator(`[data-row="${id}"]`).getByText("(no subject)").waitFor();
    watched.clean();
    await watched.close();
  });

  test("has each stop of its Route in one line on a phone", async () => {
    const watched = await at(await here.send());
    const names = watched.page.getByRole("list", { name: "Route" }).locator("li > span:nth-child(2)");
    await names.first().waitFor();
    const heights = await names.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    expect(heights).toEqual([16, 16, 16, 16, 16]);
    watched.clean();
    await watched.close();
  });

  test("that is scheduled says when it is due, in the reader's zone", async () => {
    const id = await here.send({ scheduled_at: new Date(Date.now() + 3 * 86_400_000 + 60_000).toISOString() });
    const due = new Date((await here.call("GET", `/emails/${id}`)).scheduled_at.replace(" ", "T").replace(/\+00$/, "Z"));
    for (const timezoneId of ["Asia/Kathmandu", "America/St_Johns"]) {
      const watched = await opened(chromium, here, token, { timezoneId });
      await watched.page.goto(`${here.url}/emails/${id}`);
      const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: timezoneId }).format(due);
      await watched.page.getByText(/^due in 3 d/).getByText(`${clock})`).waitFor();
      await watched.page.getByText("it is sent when it is due").waitFor();
      watched.clean();
      await watched.close();
    }
  });

  test("has its id copied where the browser refuses the clipboard, or says that it can't be", async () => {
    const id = await here.send();
    const watched = await opened(chromium, here, token);
    const { page } = watched;
    await page.goto(`${here.url}/emails/${id}`);
    await alive(page);
    const button = page.getByRole("button", { name: "Copy the id" });
    const said = page.locator("#announcements");
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("Denied", "NotAllowedError"));
    });
    await button.press("Enter");
    await said.getByText("Copied the id").waitFor({ state: "attached" });
    expect(await button.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.evaluate(() => {
      document.execCommand = () => false;
    });
    await button.press("Enter");
    await said.getByText("does not let the id be copied").waitFor({ state: "attached" });
    watched.clean();
    await watched.close();
  });

  test("to an address and with a tag as long as they may be fits a phone", async () => {
    const to = `${"a".repeat(60)}@${`${"b".repeat(50)}.`.repeat(3)}example.net`;
    const id = await here.send({ to, tags: [{ name: "n".repeat(200), value: "v".repeat(200) }] });
    for (const width of [320, 768]) {
      const watched = await at(id, width);
      await watched.page.getByText(`${to} `).first().waitFor();
      expect(await fits(watched.page), `${width}`).toBe(true);
      watched.clean();
      await watched.close();
    }
  });
});
