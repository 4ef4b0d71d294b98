import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHmac, randomInt } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WEB = join(import.meta.dirname, "..");
const BIN = process.env.MAILIT_BIN ?? join(WEB, "..", ".venv", "bin");

export const EMAIL = "op@example.org";
export const PASSWORD = "correct horse battery";

type Settings = Record<string, Record<string, unknown>>;

/** A real daemon with its PostgreSQL, and the dashboard's production build before it, in a folder of their own. */
export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), "mailit-web-"));
  http = 0;
  web = 0;
  key = "";
  records: { record: string; name: string; type: string; value: string; priority?: number }[] = [];
  #daemon: ChildProcess | null = null;
  #server: ChildProcess | null = null;

  get api(): string {
    return `http://127.0.0.1:${this.http}`;
  }

  get url(): string {
    return `http://localhost:${this.web}`;
  }

  /** Sets up the first account, team, key and domain, and starts both. JSON is YAML, too. */
  async start(domain: string, settings: Settings): Promise<void> {
    [this.http, this.web] = [await freePort(), await freePort()];
    const config = {
      server: { http_addr: `127.0.0.1:${this.http}`, data_dir: join(this.folder, "data") },
      auth: { registration: "open" },
      rate_limit: { enabled: false },
      observability: { prometheus_addr: `127.0.0.1:${await freePort()}` },
      ...settings,
    };
    writeFileSync(this.#config, JSON.stringify(config));
    const done = spawnSync(
      join(BIN, "mailit"),
      [
        ...["setup", "--config", this.#config, "--non-interactive", "--json", "--email", EMAIL, "--password-stdin"],
        ...["--team", "Acme", "--domain", domain],
      ],
      { input: `${PASSWORD}\n`, encoding: "utf8", cwd: this.folder },
    );
    if (done.status !== 0) throw new Error(`mailit setup: ${done.error?.message ?? done.stderr}`);
    const said = JSON.parse(done.stdout);
    this.key = said.api_key;
    this.records = said.dns_records;
    await this.startDaemon();
    await this.startServer();
  }

  async startDaemon(): Promise<void> {
    const log = openSync(join(this.folder, "daemon.log"), "a");
    this.#daemon = spawn(join(BIN, "mailit"), ["serve", "--config", this.#config], {
      cwd: this.folder,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    await until(`the daemon to be ready (${this.folder}/daemon.log)`, async () => (await fetch(`${this.api}/readyz`)).ok);
  }

  /** Stops the daemon in its tracks: it takes connections and answers nothing, until it is let go on. */
  freezeDaemon(): () => void {
    this.#daemon?.kill("SIGSTOP");
    return () => void this.#daemon?.kill("SIGCONT");
  }

  async stopDaemon(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await ended(this.#daemon, signal);
    this.#daemon = null;
  }

  async startServer(): Promise<void> {
    if (!existsSync(join(WEB, ".next", "BUILD_ID"))) throw new Error("There is no build: npm run build");
    const log = openSync(join(this.folder, "web.log"), "a");
    this.#server = spawn(process.execPath, ["scripts/serve.mjs"], {
      cwd: WEB,
      stdio: ["ignore", log, log],
      env: { ...process.env, PORT: String(this.web), MAILIT_URL: this.api },
    });
    closeSync(log);
    await until("the dashboard to answer", async () => (await fetch(`http://127.0.0.1:${this.web}/sign-in`)).ok);
  }

  async stopServer(): Promise<void> {
    await ended(this.#server, "SIGTERM");
    this.#server = null;
  }

  async stop(): Promise<void> {
    await this.stopServer();
    await this.stopDaemon();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A session's token, from the API itself. */
  async token(email = EMAIL): Promise<string> {
    return (await this.call("POST", "/auth/login", { email, password: PASSWORD }, "")).token;
  }

  /** One more account, with a team of its own. */
  async register(email: string): Promise<string> {
    const who = { email, password: PASSWORD, name: "Kim Other", team_name: "Other" };
    return (await this.call("POST", "/auth/register", who, "")).token;
  }

  /** A token as this installation would have signed it, over for an hour. */
  expired(token: string): string {
    const secret = readFileSync(join(this.folder, "data", "secrets", "jwt_secret"), "utf8").trim();
    return this.signed(token, secret, (iat) => ({ iat: iat - 100_000, exp: iat - 3600 }));
  }

  /** What a token says, signed by a secret. */
  signed(token: string, secret: string, times: (iat: number) => object = () => ({})): string {
    const [head = "", body = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString());
    const said = `${head}.${Buffer.from(JSON.stringify({ ...claims, ...times(claims.iat) })).toString("base64url")}`;
    return `${said}.${createHmac("sha256", secret).update(said).digest("base64url")}`;
  }

  /** A request to the API. Throws where it is refused. */
  async call(method: string, path: string, body?: unknown, bearer = this.key): Promise<Answer> {
    const answer = await fetch(this.api + path, {
      method,
      headers: { "content-type": "application/json", ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(said)}`);
    return said;
  }

  /** Sends a mail; gives its id. */
  async send(fields: Record<string, unknown> = {}): Promise<string> {
    const mail = { from: "hello@mailit.test", to: "ana@example.net", subject: "Hello", html: "<p>It works</p>" };
    return (await this.call("POST", "/emails", { ...mail, ...fields })).id;
  }

  /** Waits until a mail is in a state. */
  async reaches(id: string, state: string, bearer = this.key): Promise<void> {
    const now = async () => (await this.call("GET", `/emails/${id}`, undefined, bearer)).last_event;
    await until(`${id} to be ${state}`, async () => (await now()) === state);
  }

  get #config(): string {
    return join(this.folder, "mailit.yaml");
  }
}

// What the API answers is read freely here: the tests would fail if it were otherwise.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;

/** Waits for a condition; what it raises counts as not yet. */
export async function until(what: string, condition: () => Promise<boolean>, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`Waited ${seconds} s for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A port of loopback that nobody has, below those that the kernel gives to connections by chance. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + randomInt(20_000);
    const free = await new Promise<boolean>((done) => {
      const probe = createServer().once("error", () => done(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}

function ended(process: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  return new Promise((done) => {
    if (process === null || process.exitCode !== null || process.signalCode !== null) return done();
    process.once("exit", () => done());
    process.kill(signal);
  });
}
