// The dashboard's production build, served: `npm start`. PORT (3000) and HOST (127.0.0.1) say where.
// With --until-end-of-input it ends when its input does, so that it never outlives the one who started it; with
// --develop it is built as it is asked for, and anew whenever a source changes.
import { createServer } from "node:http";
import { join } from "node:path";

import { hops } from "./hops.mjs";

const develop = process.argv.includes("--develop");
process.env.NODE_ENV = develop ? "development" : "production";
process.env.NEXT_TELEMETRY_DISABLED = "1";

if (process.argv.includes("--until-end-of-input")) {
  process.stdin.on("end", () => process.exit()).resume();
}
// A stream that a page holds open is no reason to stay: it is taken up again where it ended.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => setTimeout(() => process.exit(), 500));
const { PORT = "3000", HOST = "127.0.0.1" } = process.env;
const folder = new URL("..", import.meta.url).pathname;

if (develop) {
  process.argv = [process.argv[0], "next", "dev", folder, "--port", PORT, "--hostname", HOST];
  await import("next/dist/bin/next");
} else {
  const { default: next } = await import("next");
  const { statics } = await import("./static.mjs");
  const pages = next({ dev: false, dir: folder, hostname: HOST, port: Number(PORT), quiet: true });
  const [fromMemory] = await Promise.all([statics(join(folder, ".next", "static")), pages.prepare()]);
  const answer = pages.getRequestHandler();
  const server = createServer((request, response) => {
    if (fromMemory(request, response)) return;
    request.headers["x-forwarded-for"] = hops(request.headers["x-forwarded-for"], request.socket.remoteAddress);
    void answer(request, response);
  });
  // Longer than a proxy's own, so that it is never ours that closes under a request.
  server.keepAliveTimeout = 75_000;
  server.listen(Number(PORT), HOST, () => console.log(`The dashboard is at http://${HOST}:${PORT}`));
}
