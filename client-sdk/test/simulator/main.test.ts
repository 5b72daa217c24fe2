import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { imageOf, newKeyPair } from "../support/fixtures.ts";
import { FakeVpcd } from "./fake-vpcd.ts";

const program = path.join(import.meta.dirname, "../../src/simulator/main.ts");

function start(...parameters: readonly string[]): ChildProcess & { readonly output: Promise<{ code: number | null; stdout: string; stderr: string }> } {
  const child = spawn(process.execPath, [program, ...parameters], { stdio: ["ignore", "pipe", "pipe"] });
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]).then(([stdout, stderr]) => ({ code: child.exitCode, stdout, stderr }));
  return Object.assign(child, { output });
}

let directory: string;
let image: string;
let brokenImage: string;
let vpcd: FakeVpcd;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "jpki-card-simulator-"));
  image = path.join(directory, "card.json");
  brokenImage = path.join(directory, "broken.json");
  const { privateJwk } = await newKeyPair();
  writeFileSync(image, JSON.stringify(imageOf(privateJwk)));
  writeFileSync(brokenImage, JSON.stringify(imageOf(privateJwk, { authentication: { pin: "12345" } })));
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(async () => {
  vpcd = await FakeVpcd.start();
});
afterEach(async () => vpcd.stop());

test.each(["SIGINT", "SIGTERM"] as const)("puts a throw-away card into the reader, and %s takes it out", async (signal) => {
  const child = start("--vpcd", `127.0.0.1:${vpcd.port}`, "--throw-away", "--json");
  const card = await vpcd.card();
  expect(await card.ask("00a4040c0ad392f000260100000001")).toBe("9000");
  child.kill(signal);
  await card.gone();
  const { code, stdout, stderr } = await child.output;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.trimEnd().split("\n").map((line) => JSON.parse(line))).toEqual([
    { event: "card", source: "throw-away", name: "good-card", pins: { authentication: "1234", signature: "ABC123" }, triesLeft: { authentication: 3, signature: 5 } },
    { event: "connected", host: "127.0.0.1", port: vpcd.port },
    { event: "apdu", header: "00a4040c", selected: "d392f000260100000001", sent: 10, answered: 0, status: "9000" },
    { event: "ended" },
  ]);
});

test("for a person it says which card, its PINs and what to try; not the PINs of somebody's own card", async () => {
  for (const [parameters, shown] of [[["--throw-away"], "PIN 1234, 3 tries left"], [["--image", image], "PIN as in the file, 3 tries left"]] as const) {
    const child = start("--vpcd", `127.0.0.1:${vpcd.port}`, ...parameters);
    await vpcd.card();
    child.kill();
    const { stdout } = await child.output;
    expect(stdout).toContain(shown);
    expect(stdout).toContain("pkcs15-tool --list-certificates");
  }
});

test("keeps spent tries from one process to the next", async () => {
  const state = path.join(directory, "tries.json");
  const answers: string[] = [];
  for (let run = 0; run < 2; run += 1) {
    const child = start("--vpcd", `127.0.0.1:${vpcd.port}`, "--image", image, "--state", state);
    const card = await vpcd.card();
    for (const command of ["00a4040c0ad392f000260100000001", "00a4020c020018"]) await card.ask(command);
    answers.push(await card.ask("002000800430303030"));
    child.kill();
    await child.output;
  }
  expect(answers).toEqual(["63c2", "63c1"]);
});

test("a throw-away card that was written is the same card again", async () => {
  const written = path.join(directory, "written.json");
  const certificates: string[] = [];
  for (const parameters of [["--throw-away", "--write-image", written], ["--image", written]]) {
    const child = start("--vpcd", `127.0.0.1:${vpcd.port}`, ...parameters);
    const card = await vpcd.card();
    for (const command of ["00a4040c0ad392f000260100000001", "00a4020c02000a"]) await card.ask(command);
    certificates.push(await card.ask("00b0000000"));
    child.kill();
    await child.output;
  }
  expect(certificates[0]).toMatch(/^3082.{508}9000$/u);
  expect(certificates[1]).toBe(certificates[0]);
  expect(statSync(written).mode & 0o777).toBe(0o600);
});

describe("exit codes", () => {
  test.each<[string, () => string[], number, string]>([
    ["help", () => ["--help"], 0, ""],
    ["wrong usage", () => ["--vpcd", "nowhere"], 2, "--vpcd is HOST:PORT"],
    ["no such persona", () => ["--throw-away", "--persona", "nobody"], 3, "there is no throw-away persona nobody"],
    ["no image", () => ["--image", path.join(directory, "none.json")], 3, "cannot be read"],
    ["an image that is none", () => ["--image", program.replace(/src.*/u, "package.json")], 3, "is no Secure Element image"],
    ["an image with a PIN that is none", () => ["--image", brokenImage], 3, "the card's image cannot be used: the PIN for authentication is not of its form"],
    ["no vpcd", () => ["--image", image, "--vpcd", "127.0.0.1:1"], 4, "no vpcd at 127.0.0.1:1"],
  ])("%s", async (_, parameters, expected, message) => {
    const { code, stderr } = await start(...parameters()).output;
    expect({ code, isSaid: stderr.includes(message) }).toEqual({ code: expected, isSaid: true });
    expect(stderr).not.toMatch(/\n +at /u);
  });

  test("something else than vpcd", async () => {
    const child = start("--image", image, "--vpcd", `127.0.0.1:${vpcd.port}`);
    (await vpcd.card()).send("99");
    expect(await child.output).toMatchObject({ code: 4, stderr: expect.stringContaining("is not vpcd") });
  });
});
