import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EnrolmentServer } from "./support/enrolment-server.ts";
import { imageOf, newKeyPair } from "./support/fixtures.ts";

const root = path.join(import.meta.dirname, "..");
let directory: string;
let server: EnrolmentServer;
let image: string;

beforeAll(async () => {
  const pair = await newKeyPair();
  directory = await mkdtemp(path.join(tmpdir(), "client-sdk-"));
  image = path.join(directory, "secure-element.json");
  await writeFile(image, JSON.stringify(imageOf(pair.privateJwk)));
  server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "other" });
});

afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

/** Runs a program in the package's folder, where its own name leads to it. */
async function run(program: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-"], { cwd: root, env: { ...process.env, ...env } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(program);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}

test("the README's example runs as it stands", async () => {
  const readme = await readFile(path.join(root, "README.md"), "utf8");
  const program = /```ts\n(?<program>[^]*?)```/u.exec(readme)?.groups?.["program"] ?? "";
  const env = { LINK: server.link, ISSUER: server.issuer, IMAGE: image, NUMBER: "42", PIN: "1234" };
  const { code, output } = await run(program, env);
  expect(output).toBe(`カフェ (shop.example) asks you to enrol\nMake your passkey at ${server.issuer}/continue#secret\n`);
  expect(code).toBe(0);
  expect(server.steps).toEqual(["claim", "statement", "proof", "continuation"]);
});
