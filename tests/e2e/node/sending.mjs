// Sending with Resend's SDK: keys, schedules, batches, what is used; each call's answer, as one JSON object.

import { Resend } from "resend";

const [baseUrl, key, at] = process.argv.slice(2);
const resend = new Resend(key, { baseUrl });
const mail = { from: "Hello <hello@example.org>", to: ["ana@example.net"], subject: "Grüße", html: "<p>Hi</p>" };
const tagged = { ...mail, cc: "bo@example.net", tags: [{ name: "client", value: "sdk" }] };

const said = {};
said.send = await resend.emails.send(tagged, { idempotencyKey: "node-1" });
said.again = await resend.emails.send(tagged, { idempotencyKey: "node-1" });
said.other = await resend.emails.send(mail, { idempotencyKey: "node-1" });
said.noKey = await resend.emails.send(mail, { idempotencyKey: "x".repeat(257) });
said.scheduled = await resend.emails.send({ ...mail, scheduledAt: "in 1 hour" });
const id = said.scheduled.data.id;
said.updated = await resend.emails.update({ id, scheduledAt: at });
said.got = await resend.emails.get(id);
said.canceled = await resend.emails.cancel(id);
said.gotCanceled = await resend.emails.get(id);
said.tooLate = await resend.emails.update({ id, scheduledAt: at });
said.twice = await resend.emails.cancel(id);
said.nobody = await resend.emails.cancel("01a20000-0000-7000-8000-000000000000");
said.tooFar = await resend.emails.send({ ...mail, scheduledAt: "in 31 days" });
said.noTime = await resend.emails.send({ ...mail, scheduledAt: "soon" });
said.batch = await resend.batch.send([mail, tagged], { idempotencyKey: "node-2" });
said.batchAgain = await resend.batch.send([mail, tagged], { idempotencyKey: "node-2" });
said.strict = await resend.batch.send([mail, { ...mail, to: "nobody" }]);
const some = [mail, { ...mail, to: "nobody" }, { ...mail, subject: undefined }, tagged];
said.permissive = await resend.batch.send(some, { batchValidation: "permissive" });
said.list = await resend.emails.list({ limit: 2 });
said.usage = await resend.usage.get();

console.log(JSON.stringify(said));
