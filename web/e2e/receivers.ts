import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

import { freePort, type Installation } from "./installation";

const ROOT = join(import.meta.dirname, "..", "..");
const BIN = process.env.MAILIT_BIN ?? join(ROOT, ".venv", "bin");

/** An exchanger that answers RCPT as it is told by the recipient's local part, and takes the mail of all others. */
export class Exchanger {
  port = 0;
  readonly answers = new Map<string, string>();
  readonly #server: Server = createServer((socket) => this.#converse(socket));

  async start(): Promise<void> {
    this.port = await freePort();
    await new Promise<void>((done) => this.#server.listen(this.port, "127.0.0.1", done));
  }

  stop(): void {
    this.#server.close();
  }

  #converse(socket: Socket): void {
    let held = "";
    let data = false;
    socket.on("error", () => {}).setEncoding("utf8");
    socket.write("220 mx.example.net ESMTP\r\n");
    socket.on("data", (piece: string) => {
      held += piece;
      for (;;) {
        const end = held.indexOf(data ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const line = held.slice(0, end);
        held = held.slice(end + (data ? 5 : 2));
        if (data) {
          data = false;
          socket.write("250 2.0.0 Taken\r\n");
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        data = verb === "DATA";
        if (verb === "QUIT") return void socket.end("221 2.0.0 Bye\r\n");
        socket.write(`${this.#answer(verb, line)}\r\n`);
      }
    });
  }

  #answer(verb: string, line: string): string {
    if (verb === "EHLO") return "250 mx.example.net";
    if (verb === "DATA") return "354 Go on";
    const person = verb === "RCPT" ? (/<([^@>]+)@/.exec(line)?.[1] ?? "") : "";
    return this.answers.get(person) ?? "250 2.1.0 OK";
  }
}

/** The DNS of the Python tests: a zone in a file, read again when it changes. */
export class Names {
  port = 0;
  #process: ChildProcess | null = null;
  readonly #zone: Record<string, string[]> = { "example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.1"] };
  readonly #file: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, "zone.json");
  }

  async start(): Promise<void> {
    this.#write();
    const peers = spawn(join(BIN, "python"), ["-m", "tests.peers", this.#file, join(this.#folder, "ledger")], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = peers;
    const line = await new Promise<string>((done, failed) => {
      peers.stdout?.once("data", (piece: Buffer) => done(piece.toString()));
      peers.once("exit", () => failed(new Error("tests.peers ended")));
    });
    this.port = JSON.parse(line).dns;
  }

  /** Publishes the records of an installation's domain. */
  async publish(domain: string, { records }: Installation): Promise<void> {
    for (const { name, type, value, priority } of records) {
      const full = name.endsWith(domain) ? name : `${name}.${domain}`;
      const said = type === "MX" ? `${priority ?? 10} ${value.replace(/\.$/, "")}.` : quoted(value);
      this.#zone[`${full} ${type}`] = [said];
    }
    this.#write();
    await new Promise((done) => setTimeout(done, 400));
  }

  stop(): void {
    this.#process?.kill();
  }

  #write(): void {
    writeFileSync(this.#file, JSON.stringify(this.#zone));
  }
}

/** A TXT record's text, in pieces that fit (RFC 1035 §3.3). */
function quoted(text: string): string {
  return (text.replace(/^"|"$/g, "").match(/.{1,250}/g) ?? [""]).map((piece) => `"${piece}"`).join(" ");
}
