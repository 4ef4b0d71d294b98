// The last step of the build: what is fetched is pressed once, as small as it gets. Scripts say first that what is in
// them is called as the page loads: Chromium then compiles it beside the page, and not in its way.
import { readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { names, PRESSED } from "./static.mjs";

const folder = new URL("../.next/static", import.meta.url).pathname;
const HINT = Buffer.from("//# allFunctionsCalledOnLoad\n");
const PRESSES = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
  gzip: (body) => promisify(gzip)(body, { level: 9 }),
};

for (const name of await names(folder)) {
  // A font is pressed already.
  if (extname(name) === ".woff2") continue;
  const path = join(folder, name);
  let body = await readFile(path);
  if (extname(name) === ".js" && !body.subarray(0, HINT.length).equals(HINT)) {
    body = Buffer.concat([HINT, body]);
    await writeFile(path, body);
  }
  for (const [encoding, suffix] of PRESSED) await writeFile(path + suffix, await PRESSES[encoding](body));
}
