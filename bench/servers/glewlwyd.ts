/** Debian's glewlwyd with SQLite in a temporary directory, set up by its own API for client credentials grants of JWT access tokens. */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { Jar, send } from "../http.ts";
import { processorTime } from "../server-process.ts";

const program = "/usr/bin/glewlwyd";
const schema = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3";

/** Where a client credentials grant is asked for, and by whom. */
export interface GrantTarget {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  readonly resource?: string;
}

/** A server that runs, and the processor time that it took so far, in milliseconds. */
export interface RunningGrants extends GrantTarget {
  cpuMs(): number;
  stop(): Promise<void>;
}

export const hasGlewlwyd = (): boolean => existsSync(program) && existsSync(schema);

/** Where its database is: it writes each token that it issues, and waits for the disk unless there is none. */
export const databasePlaces = { disk: tmpdir(), memory: "/dev/shm" } as const;

/** Starts it on the loopback address, with one client; tokens are signed by RS256 (2,048 bits) or ES256. */
export async function startGlewlwyd(algorithm: "RS256" | "ES256", place: keyof typeof databasePlaces): Promise<RunningGrants> {
  const directory = mkdtempSync(path.join(databasePlaces[place], "jpki-bridge-glewlwyd-"));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const file = path.join(directory, "glewlwyd.db");
  // A random secret needs one round of hashing, not the 150,000 by which a password is protected and which would be all that is measured.
  new Database(file).exec(`${readFileSync(schema, "utf8")}; UPDATE "g_client_module_instance" SET "gcmi_parameters" = json_set("gcmi_parameters", '$."pbkdf2-iterations"', 1)`).close();
  writeFileSync(path.join(directory, "glewlwyd.conf"), configuration(port, origin, file));
  const child = spawn(program, ["--config-file", path.join(directory, "glewlwyd.conf")], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
    rmSync(directory, { recursive: true });
  };
  try {
    await answering(`${origin}/config`);
    const target = { tokenUrl: `${origin}/api/bench/token`, clientId: "bench", clientSecret: "bench-secret-bench-secret", scope: "bench" };
    await setUp(origin, target, algorithm);
    return { ...target, stop, cpuMs: () => processorTime(child.pid) };
  } catch (error) {
    await stop();
    throw error;
  }
}

const configuration = (port: number, origin: string, database: string): string => `
port = ${port}
bind_address = "127.0.0.1"
external_url = "${origin}"
api_prefix = "api"
log_mode = "console"
log_level = "NONE"
cookie_domain = "localhost"
cookie_secure = 0
session_expiration = 2419200
session_key = "GLEWLWYD2_SESSION_ID"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "/usr/lib/glewlwyd/user"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
hash_algorithm = "SHA512"
database = { type = "sqlite3" path = "${database}" };
`;

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const status = await send("GET", url).then((reply) => reply.status, () => 0);
    if (status !== 0) return;
    await setTimeout(100);
  }
  throw new Error("glewlwyd does not answer");
}

/** As its administrator would, with the password it comes with. */
async function setUp(origin: string, { clientId, clientSecret, scope }: GrantTarget, algorithm: "RS256" | "ES256"): Promise<void> {
  const jar = new Jar();
  const post = async (where: string, body: object): Promise<void> => {
    const reply = await send("POST", `${origin}/api/${where}`, { "content-type": "application/json", cookie: jar.header }, JSON.stringify(body));
    if (reply.status !== 200) throw new Error(`glewlwyd: ${where} ${reply.status} ${reply.body}`);
    jar.take(reply);
  };
  const { privateKey, publicKey } = algorithm === "RS256" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  await post("auth", { username: "admin", password: "password" });
  await post("scope", { name: scope });
  await post("mod/plugin", {
    module: "oauth2-glewlwyd", name: "bench", display_name: "bench", enabled: true,
    parameters: {
      "jwt-type": algorithm === "RS256" ? "rsa" : "ecdsa", "jwt-key-size": "256",
      key: privateKey.export({ type: "pkcs8", format: "pem" }), cert: publicKey.export({ type: "spki", format: "pem" }),
      "access-token-duration": 600, "refresh-token-duration": 600, "code-duration": 60,
      "auth-type-code-enabled": false, "auth-type-implicit-enabled": false, "auth-type-password-enabled": false, "auth-type-client-enabled": true, "auth-type-refresh-enabled": false,
    },
  });
  await post("client", { client_id: clientId, password: clientSecret, confidential: true, enabled: true, authorization_type: ["client_credentials"], scope: [scope] });
}
