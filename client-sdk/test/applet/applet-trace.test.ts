import { beforeAll, describe, expect, test } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import type { KeyUse } from "../../src/applet/applet-table.ts";
import { toHex } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { commandTable, masked, readCommands, type OperationRow } from "../support/command-table.ts";
import { certificates, imageOf, newKeyPair } from "../support/fixtures.ts";

let key: JsonWebKey;
beforeAll(async () => {
  key = (await newKeyPair()).privateJwk;
});

const digest = Uint8Array.from({ length: 32 }, (_, index) => index);
const { authentication, signature, ca } = certificates;
const lengths = { authentication: authentication.length, signature: signature.length, ca: ca.length };
const pins: Record<KeyUse, string> = { authentication: "1234", signature: "ABC123" };

const operations: Record<OperationRow["operation"], (applet: JpkiApplet, use: KeyUse) => Promise<unknown>> = {
  select: async () => undefined,
  triesLeft: (applet, use) => applet.triesLeft(use),
  verifyPin: (applet, use) => applet.verifyPin(use, pins[use]),
  readCertificate: (applet, use) => applet.readCertificate(use),
  readCaCertificate: (applet, use) => applet.readCaCertificate(use),
  sign: (applet, use) => applet.sign(use, digest),
};

/** All that is sent, with what an operation needs before it left out. */
async function trace({ operation, use }: OperationRow): Promise<string[]> {
  const element = new SoftwareSecureElement(imageOf(key));
  const sent: string[] = [];
  const applet = await JpkiApplet.select({
    transmit: (command) => {
      sent.push(masked(toHex(command)));
      return element.transmit(command);
    },
  });
  if (operation === "select") return sent;
  if (operation === "sign" || operation === "readCertificate") await applet.verifyPin(use, pins[use]);
  sent.length = 0;
  await operations[operation](applet, use);
  return sent;
}

describe("byte for byte as in the public command set", () => {
  test.each(commandTable({ lengths, digest: toHex(digest) }))("$operation, $use", async (row) => {
    expect(await trace(row)).toEqual(row.commands);
  });
});

test.each<[number, string[]]>([
  [4, ["00b0000004"]],
  [256, ["00b0000000"]],
  [257, ["00b0000000", "00b0010001"]],
  [1534, ["00b0000000", "00b0010000", "00b0020000", "00b0030000", "00b0040000", "00b00500fe"]],
])("the table's own way to read %i octets", (length, commands) => {
  expect(readCommands(length)).toEqual(commands);
});
