import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Installation } from "./installation";

describe("a team that asks too fast", () => {
  const here = new Installation();
  let token = "";
  beforeAll(async () => {
    await here.start("mailit.test", { smtp_outbound: { mode: "sandbox" }, rate_limit: { enabled: true } });
    token = await here.token();
  });
  afterAll(() => here.stop());

  test("still sees each mail as it looks", async () => {
    const id = await here.send();
    const asked = Array.from({ length: 16 }, () =>
      fetch(`${here.url}/preview/email/${id}`, { headers: { cookie: `__Host-mailit=${token}` } }),
    );
    for (const answer of await Promise.all(asked)) expect([answer.status, await answer.text()]).toEqual([200, "<p>It works</p>"]);
  });
});
