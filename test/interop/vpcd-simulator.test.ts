import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { systemClock } from "../../src/clock.ts";
import { toBase64, fromBase64Url } from "../../src/bytes.ts";
import { createJlis, type Jlis } from "../../src/sandbox/jlis/jlis.ts";
import { missingForReader, startReader, type VpcdReader } from "./vpcd-reader.ts";

/** The command jpki-card-simulator as it is started by hand: a persona of the sandbox in a reader of vpcd. */

test("npx finds the command in the repository", async () => {
  const child = spawn("npx", ["--offline", "jpki-card-simulator", "--help"], { stdio: ["ignore", "pipe", "ignore"] });
  expect(await text(child.stdout)).toContain("Usage: jpki-card-simulator [--vpcd HOST:PORT]");
});

const missing = missingForReader("pkcs15-tool");
if (missing !== null) process.stderr.write(`skipped: jpki-card-simulator in a reader, for ${missing}\n`);

describe.runIf(missing === null)("jpki-card-simulator", () => {
  let reader: VpcdReader;
  let jlis: Jlis;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-simulator-"));
    jlis = await createJlis({ directory, port: 0, clock: systemClock });
    await jlis.listen();
    reader = await startReader();
  });
  afterAll(async () => {
    await jlis.close();
    await reader.stop();
    rmSync(directory, { recursive: true });
  });

  test("OpenSC reads the certificate of a persona of J-LIS", async () => {
    const simulator = spawn(process.execPath, ["client-sdk/src/simulator/main.ts", "--vpcd", `${reader.host}:${reader.port}`, "--jlis", jlis.origin, "--persona", "good-card", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    const events = createInterface(simulator.stdout)[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => JSON.parse((await events.next()).value ?? "null");
    expect(await next()).toMatchObject({ event: "card", source: "jlis", pins: { authentication: "1234", signature: "ABC123" } });
    expect(await next()).toMatchObject({ event: "connected" });
    expect(await next()).toEqual({ event: "power", power: "on" });

    const { authentication } = (await (await fetch(`${jlis.origin}/personas/good-card/secure-element.json`)).json()) as SecureElementImage;
    const certificate = toBase64(fromBase64Url(authentication?.certificate ?? "") ?? new Uint8Array());
    await expect.poll(readByOpensc, { timeout: 10_000 }).toBe(certificate);

    const ended = once(simulator, "exit");
    simulator.kill();
    expect(await ended).toEqual([0, null]);
  });

  /** Base64 of the certificate's DER, or nothing while pcscd has not seen the card. */
  async function readByOpensc(): Promise<string> {
    const child = spawn("pkcs15-tool", ["--read-certificate", "01"], { env: { ...process.env, ...reader.environment }, stdio: ["ignore", "pipe", "ignore"] });
    return (await text(child.stdout)).replaceAll(/-----[^-]+-----|\s/gu, "");
  }
});
