// What a user of Resend does with its SDK: each call's answer, as one JSON object on standard output.

import { Resend } from "resend";

const [baseUrl, key] = process.argv.slice(2);
const resend = new Resend(key, { baseUrl });
const mail = { from: "Hello <hello@example.org>", to: "ana@example.net", subject: "Grüße", html: "<p>Hi</p>" };

const said = {};
said.send = await resend.emails.send({
  ...mail,
  replyTo: "re@example.org",
  tags: [{ name: "kind", value: "first" }],
  attachments: [{ filename: "a.bin", content: Buffer.from([0, 1, 255]) }],
});
said.get = await resend.emails.get(said.send.data.id);
said.files = await resend.emails.attachments.list({ emailId: said.send.data.id });
said.file = await resend.emails.attachments.get({ emailId: said.send.data.id, id: said.files.data.data[0].id });
said.share = await resend.emails.share(said.send.data.id, { expiresIn: "10m" });
said.batch = await resend.batch.send([mail, { ...mail, to: ["bo@example.net", "cy@example.net"] }]);
said.list = await resend.emails.list({ limit: 2 });
said.refused = await resend.emails.send({ ...mail, from: "a@example.com" });
said.invalid = await resend.emails.send({ ...mail, to: "nobody" });
said.missing = await resend.emails.get("01a20000-0000-7000-8000-000000000000");

said.domain = await resend.domains.create({ name: "node.example" });
said.domains = await resend.domains.list();
said.domainGot = await resend.domains.get(said.domain.data.id);

said.key = await resend.apiKeys.create({ name: "node", permission: "sending_access" });
const limited = new Resend(said.key.data.token, { baseUrl });
said.limited = await limited.emails.send(mail);
said.restricted = await limited.domains.list();
said.keys = await resend.apiKeys.list();
said.keyRemoved = await resend.apiKeys.remove(said.key.data.id);
said.revoked = await limited.emails.send(mail);

console.log(JSON.stringify(said));
