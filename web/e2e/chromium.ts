import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { type Browser, chromium } from "playwright-core";
import { inject } from "vitest";

/** Debian's names for it. */
const NAMES = ["chromium", "chromium-browser"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Where a real Chromium is that runs: the one that CHROMIUM names, else the first on the PATH, else the one that a
 * package carries, unpacked. Asked once, before the tests: two that unpacked at a time would trip over each other.
 */
export async function found(): Promise<string> {
  const places = (process.env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  try {
    const path = [process.env.CHROMIUM, ...places].find((one) => one && existsSync(one)) ?? (await unpacked());
    await (await launched(path)).close();
    return path;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(`No Chromium runs here; install one (Debian: apt-get install chromium). ${why}`, { cause });
  }
}

/** A browser of one's own. */
export function browser(): Promise<Browser> {
  return launched(inject("chromium"));
}

async function unpacked(): Promise<string> {
  const { default: carried } = await import("@sparticuz/chromium");
  return carried.executablePath();
}

// Not the arguments that the package brings: they switch off the very checks that are tested, and run all in one process.
function launched(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}
