import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConfigurationFile, sandboxConfigurationFile } from "../../src/config.ts";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, reachCallback, returnToBrowser } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";
import { codeBlock, readDocument, root } from "./markdown.ts";
import { run } from "./run.ts";

const readme = readDocument("README.md");
let world: World;
let directory: string;
let service: ChildProcess | undefined;
let origin: string;
let receipt: string;

beforeAll(async () => {
  let configuration: ConfigurationFile | undefined;
  world = await startWorld((file) => {
    configuration = file;
    return file;
  });
  // What the sandbox leaves for the administration commands.
  writeFileSync(path.join(world.directory, sandboxConfigurationFile), JSON.stringify(configuration));
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-readme-"));
  symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
  origin = `http://localhost:${await freePort()}`;
});

afterAll(async () => {
  service?.kill();
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

describe("Connect a relying party, as the README says", () => {
  test("the command registers it and makes its key", async () => {
    const command = codeBlock(readme, "register").replace("npx jpki-bridge", `node ${path.join(root, "src/cli/jpki-bridge.js")}`).replace("http://localhost:4000", origin);
    const { code, output } = await run("sh", ["-ec", command], { cwd: directory, env: { JPKI_BRIDGE_DATA: world.directory } });
    expect(output).toContain("registered my-service");
    expect(code).toBe(0);
    expect(statSync(path.join(directory, "client-key.json")).mode & 0o777).toBe(0o600);
  });

  test("the program signs a new person in and reads the levels", async () => {
    writeFileSync(path.join(directory, "my-service.mjs"), codeBlock(readme, "relying-party"));
    service = spawn(process.execPath, ["my-service.mjs"], { cwd: directory, env: { ...process.env, ISSUER: world.issuer, PORT: new URL(origin).port }, stdio: ["ignore", "pipe", "inherit"] });
    const ready = await new Promise<string>((resolve) => service?.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    expect(ready).toBe(`open ${origin}\n`);

    const person = newPerson();
    const begun = await person.browser.request(origin);
    const page = await person.browser.open(begun.headers.get("location") ?? "");
    const progress = await openEnrolment(person, page, "same");
    const outcome = await enrolOnPhone(world, person, linkOf(progress), async () => "");
    if (outcome.next !== "return") throw new Error("expected a device-local return");
    const callback = await reachCallback(person, await returnToBrowser(person, outcome.return_url));

    const stranger = await new HttpBrowser().request(callback);
    expect(stranger.status, "a callback in another browser").toBe(404);
    const answer = await person.browser.request(callback);
    expect(answer.status).toBe(200);
    const claims = JSON.parse(answer.text) as Record<string, unknown>;
    expect(claims).toMatchObject({
      ial: 3, aal: 3, fal: 2,
      acr: "urn:jpki-bridge:ial3-aal2",
      assurance: { evidence: { kind: "jpki_user_authentication", medium: "smartphone", status: "good" } },
    });
    expect((await person.browser.request(callback)).status, "the same callback again").toBe(404);
    receipt = String(claims["assurance_receipt"]);
    const described = readme.split("### What the token says")[1]?.split("### ")[0] ?? "";
    expect(namesIn(claims).filter((name) => !new RegExp(`[\`.]${name}[\`.]`, "u").test(described))).toEqual([]);
  });

  test("the command tells why the token said so", async () => {
    const command = codeBlock(readme, "explain").replace("npx jpki-bridge", `node ${path.join(root, "src/cli/jpki-bridge.js")}`).replace("RECEIPT", receipt);
    const { code, output } = await run("sh", ["-ec", command], { cwd: directory, env: { JPKI_BRIDGE_DATA: world.directory } });
    expect(output).toContain("what was asserted follows from the facts");
    expect(code).toBe(0);
  });
});

/** The names of all members, at every depth. */
function namesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...namesIn(member)]);
}
