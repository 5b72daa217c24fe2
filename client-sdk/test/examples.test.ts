import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EnrolmentServer, type ServerOptions } from "./support/enrolment-server.ts";
import { imageOf, newKeyPair, type KeyPair } from "./support/fixtures.ts";
import { installPackage, type InstalledPackage } from "./support/installed-package.ts";
import { run, type Ended } from "./support/run.ts";

const folder = path.join(import.meta.dirname, "..");
const compiler = path.join(folder, "../node_modules/typescript/bin/tsc");

let sdk: InstalledPackage;
let pair: KeyPair;
beforeAll(async () => {
  [sdk, pair] = await Promise.all([installPackage(), newKeyPair()]);
  await cp(path.join(sdk.installed, "examples/node-reader"), sdk.project, { recursive: true });
});
afterAll(() => sdk.remove());

test("all of them agree with the SDK's types", async () => {
  const checked = await run(process.execPath, [compiler, "--project", path.join(folder, "examples")], { directory: folder });
  expect(checked).toEqual({ code: 0, output: "" });
});

type Answers = readonly (readonly [question: string, answer: string])[];

const secondNumber = "The two digits in the other browser: ";
const confirmation = "The six digits shown there: ";
const pin = (left: number): string => `The four digits of your PIN (${left} tries left): `;

interface Run {
  readonly server?: Partial<ServerOptions>;
  readonly tries?: number;
  readonly answers: Answers;
  readonly parameters?: readonly string[];
}

/** The example with a reader, in the project into which the package was installed; in place of the reader, an element in software. */
async function enrolInNode({ server: options, tries = 3, answers, parameters = [] }: Run): Promise<Ended & { readonly issuer: string; readonly state: string }> {
  const server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "other", ...options });
  const image = imageOf(pair.privateJwk, { authentication: { triesLeft: tries } });
  await writeFile(path.join(sdk.project, "element.json"), JSON.stringify(image));
  try {
    const ended = await run(process.execPath, ["enrol.js", server.link, "--issuer", server.issuer, "--element", "element.json", ...parameters], { directory: sdk.project, answers });
    return { ...ended, issuer: server.issuer, state: server.state };
  } finally {
    server.close();
  }
}

describe("Node with a reader", () => {
  const rows: [name: string, run: Run, last: string, state: string, code: number][] = [
    ["another device's browser", { answers: [[secondNumber, "42"], [pin(3), "1234"], [confirmation, "123456"]] }, "Done. Go on in the other browser.", "complete", 0],
    ["this device's browser", { server: { device: "same" }, answers: [[pin(3), "1234"], [confirmation, "123456"]] }, "Done. Go on at <issuer>/return#code", "complete", 0],
    ["a step-up makes no passkey", { server: { device: "same", purpose: "step-up" }, answers: [[pin(3), "1234"]] }, "Done. Go on at <issuer>/return#code", "complete", 0],
    ["mistakes are asked for again", { answers: [[secondNumber, "41"], [secondNumber, "42"], [pin(3), "12"], [pin(3), "4321"], [pin(2), "1234"], [confirmation, "000000"], [confirmation, "123456"]] }, "Done. Go on in the other browser.", "complete", 0],
    ["a number typed before there is a passkey", { server: { earlyConfirmations: 1 }, answers: [[secondNumber, "42"], [pin(3), "1234"], [confirmation, "123456"], [confirmation, "123456"]] }, "Done. Go on in the other browser.", "complete", 0],
    ["the last try is not spent unasked", { tries: 1, answers: [[secondNumber, "42"], ["Go on? (yes/no) ", "no"]] }, "pin_last_try", "challenged", 1],
    ["the last try is spent when asked to", { tries: 1, answers: [[secondNumber, "42"], ["Go on? (yes/no) ", "yes"], [pin(1), "1234"], [confirmation, "123456"]] }, "Done. Go on in the other browser.", "complete", 0],
    ["a blocked PIN", { tries: 0, answers: [[secondNumber, "42"], [pin(0), "1234"]] }, "pin_blocked", "challenged", 1],
    ["a bridge that is not trusted", { parameters: ["--issuer", "https://other.example"], answers: [] }, "issuer_not_allowed", "open", 1],
  ];

  test.for(rows)("%s", async ([, example, last, state, code]) => {
    const ended = await enrolInNode(example);
    expect(ended.output.trim().split("\n").at(-1)?.replace(ended.issuer, "<issuer>")).toContain(last);
    expect({ state: ended.state, code: ended.code }).toEqual({ state, code });
  });

  test("writes a trace without PIN and certificate when asked to", async () => {
    const { code } = await enrolInNode({ server: { device: "same", purpose: "step-up" }, answers: [[pin(3), "1234"]], parameters: ["--trace", "trace.jsonl"] });
    expect(code).toBe(0);
    const trace = await readFile(path.join(sdk.project, "trace.jsonl"), "utf8");
    expect(trace).toContain("00a4040c0ad392f000260100000001");
    expect(trace).toContain("********");
    expect(trace).not.toContain("31323334");
  });

  test("ends where nobody answers any more", async () => {
    const server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "other" });
    await writeFile(path.join(sdk.project, "element.json"), JSON.stringify(imageOf(pair.privateJwk)));
    const { code, output } = await run(process.execPath, ["enrol.js", server.link, "--issuer", server.issuer, "--element", "element.json"], { directory: sdk.project, input: "" });
    server.close();
    expect(code).toBe(130);
    expect(output.split(secondNumber)).toHaveLength(2);
  });

  test("without a binding for readers says that there is no reader", async () => {
    const server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "same" });
    const { code, output } = await run(process.execPath, ["enrol.js", server.link, "--issuer", server.issuer], { directory: sdk.project });
    server.close();
    expect({ code, output }).toEqual({ code: 1, output: "Put the card into the reader.\nreader_unavailable\n" });
    expect(server.state, "claimed by nobody").toBe("open");
  });
});
