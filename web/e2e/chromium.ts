import { existsSync } from "node:fs";

import { type Browser, chromium } from "playwright-core";

const DEBIAN = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real Chromium: Debian's where it is, else the one that a package carries. */
export async function browser(): Promise<Browser> {
  const debian = [process.env.CHROMIUM, ...DEBIAN].find((path) => path && existsSync(path));
  try {
    if (debian) return await chromium.launch({ executablePath: debian, args: FLAGS });
    // Not the arguments it brings: they switch off the very checks that are tested, and run all in one process.
    const { default: carried } = await import("@sparticuz/chromium");
    return await chromium.launch({ executablePath: await carried.executablePath(), args: FLAGS });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(`No Chromium runs here; install one (Debian: apt-get install chromium). ${why}`, { cause });
  }
}
