import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConfigurationFile, sandboxConfigurationFile } from "../../src/config.ts";
import { approve, enterUserCode, openApprovals, postDevice, requestsOn } from "../support/decoupled.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, plain, returnToBrowser } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";
import { codeBlock, readDocument, root } from "./markdown.ts";
import { run } from "./run.ts";

const document = readDocument("docs/sign-in-without-keyboard.md");
const person = newPerson();
const programs: ChildProcess[] = [];
let world: World;
let directory: string;
let subject: string;

beforeAll(async () => {
  let configuration: ConfigurationFile | undefined;
  world = await startWorld((file) => (configuration = file));
  writeFileSync(path.join(world.directory, sandboxConfigurationFile), JSON.stringify(configuration));
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-keyboard-"));
  symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
  const command = codeBlock(document, "register").replace("npx jpki-bridge", `node ${path.join(root, "src/cli/jpki-bridge.js")}`);
  const { code, output } = await run("sh", ["-ec", command], { cwd: directory, env: { JPKI_BRIDGE_DATA: world.directory } });
  expect(output).toContain("registered my-kiosk");
  expect(code).toBe(0);
});

afterAll(async () => {
  for (const program of programs) program.kill();
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Starts a program of the document; its lines, one at a time. */
function start(label: string, ...parameters: string[]): () => Promise<string> {
  const file = `${label}.mjs`;
  writeFileSync(path.join(directory, file), codeBlock(document, label));
  const program = spawn(process.execPath, [file, ...parameters], { cwd: directory, env: { ...process.env, ISSUER: world.issuer }, stdio: ["ignore", "pipe", "inherit"] });
  programs.push(program);
  const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  return async () => String((await lines.next()).value);
}

test("the device's program signs in somebody new, who enrols on the way", async () => {
  const line = start("kiosk");
  const [, address, userCode = ""] = /^open (\S+) and enter (\S+)$/.exec(await line()) ?? [];
  expect(address).toBe(`${world.issuer}/device`);
  const confirm = await enterUserCode(world, person, userCode);
  const page = await postDevice(person, confirm, { user_code: userCode, confirm: "yes" });
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a device-local return");
  const consent = await returnToBrowser(person, outcome.return_url);
  const done = await person.browser.submit(consent, `${new URL(consent.url).pathname}/consent`);
  expect(plain(done.text)).toContain("The device is signed in");
  const claims = JSON.parse(await line()) as { sub: string };
  expect(claims).toMatchObject({ ial: 3, aal: 3, fal: 1, acr: "urn:jpki-bridge:ial3-aal2" });
  subject = claims.sub;
});

test("the service's program has its request approved by that person", async () => {
  const line = start("approval", subject, "Counter 3");
  expect(await line()).toBe(`open ${world.issuer}/approve and look for "Counter 3"`);
  const here = { ...person, browser: new HttpBrowser() };
  const [request = ""] = requestsOn(await openApprovals(world, here));
  const page = await here.browser.open(new URL(request, world.issuer).href);
  expect(plain(page.text)).toContain("Counter 3");
  await approve(world, here, page);
  expect(JSON.parse(await line())).toEqual({ ial: 3, aal: 2, fal: 1, acr: "urn:jpki-bridge:ial3-aal2" });
});

test("a refusal of the bridge is printed by its code", async () => {
  expect(await start("approval", "nobody", "Counter 3")()).toBe("not approved: unknown_user_id");
});

test("the requests with curl begin both", async () => {
  writeFileSync(path.join(directory, "assertion.mjs"), codeBlock(document, "assertion"));
  const script = codeBlock(document, "requests").replace("http://localhost:3000", world.issuer);
  const { code, output } = await run("sh", ["-ec", script], { cwd: directory, env: { ISSUER: world.issuer, SUB: subject } });
  expect(output.match(/"error":"authorization_pending"/g)).toHaveLength(2);
  expect(code).toBe(0);
});
