import { spawn } from "node:child_process";
import { type AddressInfo, createServer, type Server } from "node:net";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { complete, place } from "../config/place.ts";
import { afterTest } from "../storage/temporary.ts";
import { cleanEnvironment, program, runCli } from "./run-cli.ts";

function withConfiguration(changes: object = {}, text?: string): string {
  const directory = place();
  writeFileSync(path.join(directory, "bridge.yaml"), text ?? JSON.stringify({ ...complete(), status: { responders: [{ url: "http://127.0.0.1:9" }] }, listen: { port: 0, drain: { announce: 0 } }, ...changes }));
  return directory;
}
const serve = (directory: string, ...parameters: string[]) => runCli(["serve", "--config", "bridge.yaml", ...parameters], directory);

describe("serve refuses to start", () => {
  const { sealing, trust, status, ...rest } = complete();
  const rows: [string, string | object, RegExp][] = [
    ["without issuer", { issuer: undefined }, /issuer: is missing/],
    ["with http as issuer", { issuer: "http://login.example.jp" }, /issuer: must be https in production/],
    ["without keys", JSON.stringify({ ...rest, trust, status }), /sealing: is missing/],
    ["with a key file that is missing", { sealing: { ...sealing, digest_key_file: "none.key" } }, /none\.key: cannot be read/],
    ["without trust anchors", JSON.stringify({ ...rest, sealing, status }), /trust: is missing/],
    ["with the sandbox's authority", { trust: { user_authentication: ["sandbox-ca.der"] } }, /names a certification authority of the sandbox/],
    ["with an anchor that is none", { trust: { user_authentication: ["seal-1.key"] } }, /seal-1\.key: is not one certificate/],
    ["without a status source", { status: {} }, /status: name at least one responder or CRL/],
    ["with a CRL whose authority is missing", { status: { crls: [{ file: "x.crl", issuer: "none.der" }] } }, /none\.der: cannot be read/],
    ["with an unknown key", { isuer: 1 }, /isuer/],
    ["with a file that is no YAML", "a: [", /neither YAML nor JSON/],
    ["with an empty file", "", /file: /],
  ];
  test.each(rows)("%s: exit 3, a sentence, no stack", async (_name, given, sentence) => {
    const directory = typeof given === "string" ? withConfiguration({}, given) : withConfiguration(given);
    const { code, stdout, stderr } = await serve(directory);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^the configuration cannot be used:\n {2}- /);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).not.toContain("\u001b");
    expect([code, stdout]).toEqual([3, ""]);
  });

  test("without the file", async () => {
    const { code, stderr } = await runCli(["serve", "--config", "none.yaml"], place());
    expect([code, stderr]).toEqual([3, "the configuration cannot be used:\n  - none.yaml cannot be read\n"]);
  });
});

describe("serve", () => {
  test("--check says that the configuration is complete, and starts nothing", async () => {
    expect(await serve(withConfiguration(), "--check")).toEqual({ code: 0, stdout: "the configuration is complete\n", stderr: "" });
  });

  test.each([["alone", []], ["with workers", ["--workers", "2"]]] as const)("asked to stop before it answers, it ends in order: %s", async (_name, parameters) => {
    // A database that accepts connections and says nothing.
    const database = createServer();
    const asked = new Promise<void>((resolve) => database.once("connection", () => resolve()));
    afterTest(() => void database.close());
    const port = await new Promise<number>((resolve) => database.listen(0, "127.0.0.1", () => resolve((database.address() as AddressInfo).port)));
    const directory = withConfiguration({ database: { url: `postgresql://somebody:word@127.0.0.1:${port}/bridge`, data_directory: "." } });
    const child = spawn(process.execPath, [program, "serve", "--config", "bridge.yaml", ...parameters], { cwd: directory, env: cleanEnvironment(), stdio: "ignore" });
    afterTest(() => void child.kill("SIGKILL"));
    const ended = new Promise<unknown>((resolve) => child.once("close", (code, signal) => resolve(signal ?? code)));
    await Promise.race([asked, ended]);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("answers, and ends in order when it is asked to", async () => {
    const directory = withConfiguration({ log: "silent" });
    const child = spawn(process.execPath, [program, "serve", "--config", "bridge.yaml"], { cwd: directory, env: cleanEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
    afterTest(() => void child.kill("SIGKILL"));
    const line = await new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    expect(line).toMatch(/^jpki-bridge answers for https:\/\/login\.example\.jp on 127\.0\.0\.1:\d+\n$/);
    const port = /:(\d+)\n/.exec(line)?.[1] ?? "";
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()).toEqual({ status: "ok" });
    const metadata = (await (await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`)).json()) as Record<string, string>;
    expect(metadata["issuer"]).toBe("https://login.example.jp");
    expect(metadata["token_endpoint"]).toBe("https://login.example.jp/token");
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  test("on a port that is taken fails with a sentence", async () => {
    const taken = await new Promise<Server>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
    });
    afterTest(() => void taken.close());
    const address = taken.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const { code, stderr } = await serve(withConfiguration({ listen: { port } }));
    expect(code).toBe(1);
    expect(stderr).toBe(`listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`);
  });
});
