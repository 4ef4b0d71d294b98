// lib/api/schema.d.ts from the API's own description: `npm run api`, with a daemon at MAILIT_URL.
import { writeFile } from "node:fs/promises";

import { schemaOf } from "./schema.mjs";

const url = process.env.MAILIT_URL ?? "http://127.0.0.1:8080";
await writeFile(new URL("../lib/api/schema.d.ts", import.meta.url), await schemaOf(url));
