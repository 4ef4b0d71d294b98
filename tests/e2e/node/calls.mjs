// Makes calls of the SDK, one after the other: [["domains.get", [id]], …] as JSON; their answers, as JSON.

import { Resend } from "resend";

const [baseUrl, key, calls] = process.argv.slice(2);
const resend = new Resend(key, { baseUrl });
const said = [];
for (const [path, args] of JSON.parse(calls)) {
  const names = path.split(".");
  const method = names.pop();
  const of = names.reduce((object, name) => object[name], resend);
  const { data, error } = await of[method](...args);
  said.push({ data, error });
}
console.log(JSON.stringify(said));
