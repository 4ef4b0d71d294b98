// The dashboard's production build, served: `npm start`. PORT (3000) and HOST (127.0.0.1) say where.
// With --until-end-of-input it ends when its input does, so that it never outlives the one who started it; with
// --develop it is built as it is asked for, and anew whenever a source changes.
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
process.argv = [process.argv[0], "next", develop ? "dev" : "start", folder, "--port", PORT, "--hostname", HOST];
await import("next/dist/bin/next");
