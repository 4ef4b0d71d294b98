import type { TestProject } from "vitest/node";

import { found } from "./chromium";
import { Installation } from "./installation";

declare module "vitest" {
  export interface ProvidedContext {
    chromium: string;
    shared: { folder: string; http: number; web: number; key: string };
  }
}

/** A browser for all tests, and one installation in sandbox mode for all that need no other. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  try {
    project.provide("chromium", await found());
  } catch (cause) {
    // One line, and not what vitest makes of it: it says what to install.
    console.error(cause instanceof Error ? cause.message : cause);
    process.exit(1);
  }
  const installation = new Installation();
  await installation.start("mailit.test", { smtp_outbound: { mode: "sandbox" } }).catch(async (cause) => {
    await installation.stop();
    throw cause;
  });
  const { folder, http, web, key } = installation;
  project.provide("shared", { folder, http, web, key });
  return () => installation.stop();
}
