// What the build left to be fetched and never changes under its name: from memory, pressed once and not anew for each reader.
import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";

const TYPES = {
  ".js": "application/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The ways to press a file, the best first, and how a pressed file's name ends. */
export const PRESSED = [
  ["br", ".br"],
  ["gzip", ".gz"],
];

/** The names of what is fetched under /_next/static/, of every kind that a page loads. */
export async function names(folder) {
  const all = await readdir(folder, { recursive: true });
  return all.filter((name) => extname(name) in TYPES).map((name) => name.split(sep).join("/"));
}

/** Answers what is asked for under /_next/static/; false where it is not there, so that another answers. */
export async function statics(folder) {
  const files = new Map();
  for (const name of await names(folder)) files.set(`/_next/static/${name}`, await variants(join(folder, name)));
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const file = files.get(request.url.split("?", 1)[0]);
    if (!file) return false;
    const accepted = request.headers["accept-encoding"] ?? "";
    const [encoding, body] = file.pressed.find(([name]) => accepts(accepted, name)) ?? [null, file.plain];
    response.writeHead(200, {
      "content-type": file.type,
      "content-length": body.length,
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      ...(file.pressed.length > 0 ? { vary: "accept-encoding" } : {}),
      ...(encoding ? { "content-encoding": encoding } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  };
}

async function variants(path) {
  const pressed = [];
  for (const [encoding, suffix] of PRESSED) {
    const body = await readFile(path + suffix).catch(() => null);
    if (body) pressed.push([encoding, body]);
  }
  return { type: TYPES[extname(path)], plain: await readFile(path), pressed };
}

function accepts(header, encoding) {
  return header.split(",").some((one) => new RegExp(`^\\s*${encoding}\\s*(;\\s*q=(?!0(\\.0*)?\\s*$)|$)`).test(one));
}
