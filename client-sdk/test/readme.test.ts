import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EnrolmentServer } from "./support/enrolment-server.ts";
import { imageOf, newKeyPair, type KeyPair } from "./support/fixtures.ts";
import { run } from "./support/run.ts";

const root = path.join(import.meta.dirname, "..");
const readme = await readFile(path.join(root, "README.md"), "utf8");
const programs = [...readme.matchAll(/```ts\n(?<program>[^]*?)```/gu)].map(({ groups }) => groups?.["program"] ?? "");

let directory: string;
let pair: KeyPair;
let image: string;

beforeAll(async () => {
  pair = await newKeyPair();
  directory = await mkdtemp(path.join(tmpdir(), "client-sdk-"));
  image = path.join(directory, "secure-element.json");
  await writeFile(image, JSON.stringify(imageOf(pair.privateJwk)));
});
afterAll(() => rm(directory, { recursive: true }));

describe("the README's programs run as they stand", () => {
  const rows: [name: string, marks: string, output: string, steps: readonly string[]][] = [
    ["ten lines", "claimed.statement", "カフェ (shop.example) asks you to enrol\nMake your passkey at <issuer>/continue#secret\n", ["claim", "statement", "proof", "continuation"]],
    [
      "approval",
      "ApprovalFlow.start",
      "... contacting_bridge\nconsent\nnumber\n... contacting_bridge\n... reading_card\napproval\n... reading_card\n... reading_card\n... signing\n... sending\npasskey\n... contacting_bridge\nconfirmation\n",
      ["claim", "statement", "proof", "continuation"],
    ],
    ["after a restart", "EnrolmentClient.resume", "goes on with statement\n", ["claim", "status"]],
    ["PINs", '"0000"', "pin_wrong 2\n", []],
    ["PC/SC without its service", "PcscTransport", "reader_unavailable\n", []],
    ["message bridge", "serveMessageBridge", "3\n", []],
    ["relying parties", "checkAssurance", "aal is 2\n{ acr_values: 'urn:jpki-bridge:ial3-aal3', max_age: '300' }\n", []],
    ["receipts", "verifyReceiptChain", "out_of_place at 1\n", []],
    ["traces", "ReplayTransport", '{"command":"0020008004********","response":"9000","ms":0}\n', []],
  ];

  test.for(rows)("%s", async ([, marks, output, steps]) => {
    const server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "other" });
    const environment = { LINK: server.link, ISSUER: server.issuer, IMAGE: image, NUMBER: "42", PIN: "1234", PCSCLITE_CSOCK_NAME: path.join(directory, "nobody") };
    try {
      const found = programs.filter((text) => text.includes(marks));
      expect(found).toHaveLength(1);
      const ended = await run(process.execPath, ["--input-type=module-typescript", "-"], { directory: root, environment, input: found[0] ?? "" });
      expect({ ...ended, output: ended.output.replaceAll(server.issuer, "<issuer>") }).toEqual({ code: 0, output });
      expect(server.steps).toEqual(steps);
    } finally {
      server.close();
    }
  });

  test("all of them", () => {
    const unmarked = programs.filter((program) => !rows.some(([, marks]) => program.includes(marks)));
    expect(unmarked).toEqual([]);
  });
});

describe("the README names", () => {
  const rows: [what: string, file: string, form: RegExp][] = [
    ["the device's own codes of enrolment", "enrolment/enrolment-error.ts", /^ {2}\| "(?<name>\w+)"/gmu],
    ["the codes of the applet", "applet/applet-error.ts", /^ {2}\| "(?<name>\w+)"/gmu],
    ["the codes of transports", "transports/transport-error.ts", /^ {2}\| "(?<name>\w+)"/gmu],
  ];

  test.for(rows)("%s, each in a table", async ([, file, form]) => {
    const names = [...(await readFile(path.join(root, "src", file), "utf8")).matchAll(form)].map(({ groups }) => groups?.["name"] ?? "");
    expect(names.length).toBeGreaterThan(6);
    expect(names.filter((name) => !new RegExp(`^\\| [^|]*\`${name}\``, "mu").test(readme))).toEqual([]);
  });
});
