import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { until } from "../signals/delivery-rig.ts";
import { afterTest, temporaryDirectory } from "../storage/temporary.ts";

/** nginx as a process of its own, with deploy/nginx.conf. */
export interface Nginx {
  /** Where TLS ends; on the loopback address. */
  readonly port: number;
  /** Where HTTP is spoken without it. */
  readonly plainPort: number;
  /** The certificate that it shows, as PEM. */
  readonly certificate: string;
  /** Hands on to these origins from now on; the first time, starts. */
  turnTo(origins: readonly string[]): Promise<void>;
  /** What it has logged. */
  said(): string;
}

const program = process.env["NGINX_PROGRAM"] ?? "/usr/sbin/nginx";
/** Why it cannot be run here; null where it can. */
export const noNginx = existsSync(program) ? null : new Error("nginx is not installed");

/** Hosts that it answers for: those of the file, and that of journeys. */
const hosts = ["login.example.jp", "mtls.example.jp", "localhost"];

interface Ports {
  readonly tls: number;
  readonly plain: number;
}

/** The file, but for what belongs to the machine: ports, places, who the nodes are. */
function configuration(directory: string, ports: Ports, origins: readonly string[]): string {
  // Those of a distribution's nginx belong to the system.
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${directory}/${kind};`);
  const changes: readonly (readonly [from: string, to: string])[] = [
    ["http {", ["http {", ...places].join("\n")],
    ["/etc/nginx/tls", directory],
    ["error_log /var/log/nginx/error.log ", "error_log stderr "],
    ["listen 443 ", `listen 127.0.0.1:${ports.tls} `],
    ["listen 80 ", `listen 127.0.0.1:${ports.plain} `],
    ["server bridge:3000 max_fails=1 fail_timeout=5s;", origins.map((origin) => `server ${new URL(origin).host} max_fails=1 fail_timeout=5s;`).join("\n")],
  ];
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`deploy/nginx.conf has no "${from}"`);
    return text.replaceAll(from, to);
  }, readFileSync("deploy/nginx.conf", "utf8"));
}

export async function prepareNginx(): Promise<Nginx> {
  const directory = temporaryDirectory();
  const [ports, file] = [{ tls: await freePort(), plain: await freePort() }, path.join(directory, "nginx.conf")];
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-addext", `subjectAltName=${names}`, "-keyout", "key.pem", "-out", "certificate.pem"], { cwd: directory, stdio: "ignore" });
  let reload: (() => void) | null = null;
  let said = "";
  return {
    said: () => said,
    port: ports.tls, plainPort: ports.plain,
    certificate: readFileSync(path.join(directory, "certificate.pem"), "utf8"),
    async turnTo(origins) {
      writeFileSync(file, configuration(directory, ports, origins));
      if (reload === null) {
        reload = start(directory, file, (text) => (said += text));
        await until(() => isListening(ports.tls), 5000);
      } else {
        reload();
        // Its workers are replaced; it does not say when.
        await wait(500);
      }
    },
  };
}

/** @returns what has it read its file anew. */
function start(directory: string, file: string, hear: (text: string) => void): () => void {
  // As root it would give up its rights, and with them its way into our directory.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const child = spawn(program, ["-e", "stderr", "-c", file, "-g", `daemon off; pid ${directory}/pid; ${user}`], { stdio: ["ignore", "inherit", "pipe"] });
  child.stderr.on("data", (chunk: Buffer) => hear(chunk.toString()));
  const ended = once(child, "close");
  afterTest(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return () => void child.kill("SIGHUP");
}

const isListening = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, "127.0.0.1", () => resolve(true));
  socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
});
