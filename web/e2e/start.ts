import type { TestProject } from "vitest/node";

import { Installation } from "./installation";

declare module "vitest" {
  export interface ProvidedContext {
    shared: { folder: string; http: number; web: number; key: string };
  }
}

/** One installation in sandbox mode for all tests that need no other. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const installation = new Installation();
  await installation.start("mailit.test", { smtp_outbound: { mode: "sandbox" } });
  const { folder, http, web, key } = installation;
  project.provide("shared", { folder, http, web, key });
  return () => installation.stop();
}
