import openapiTS, { astToString } from "openapi-typescript";

const HEAD = "// Made by `npm run api` from /openapi.json; never written by hand.\n\n";

/** The types of the API at this URL, as TypeScript. */
export async function schemaOf(url) {
  const answer = await fetch(new URL("/openapi.json", url));
  if (!answer.ok) throw new Error(`${url}/openapi.json answered ${answer.status}`);
  const document = await answer.json();
  document.servers = [];
  return HEAD + astToString(await openapiTS(document, { defaultNonNullable: false }));
}
