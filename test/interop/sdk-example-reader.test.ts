import { symlinkSync } from "node:fs";
import { cp } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import { serveVirtualCard } from "../../client-sdk/src/simulator/index.ts";
import { loadBinding } from "../../client-sdk/src/transports/pcsc-binding.ts";
import { EnrolmentServer } from "../../client-sdk/test/support/enrolment-server.ts";
import { imageOf, newKeyPair } from "../../client-sdk/test/support/fixtures.ts";
import { installPackage, type InstalledPackage } from "../../client-sdk/test/support/installed-package.ts";
import { run } from "../../client-sdk/test/support/run.ts";
import { missingForReader, startReader, type VpcdReader } from "./vpcd-reader.ts";

/** The SDK's example for Node, from the installed package, with a card in a reader: pcscd, vpcd, the virtual card. */

const missing = missingForReader() ?? (await loadBinding().then(() => null, () => "pcsc-mini has no binary for this platform"));
if (missing !== null) process.stderr.write(`skipped: the SDK's example with a reader, for ${missing}\n`);

describe.runIf(missing === null)("the SDK's example with a reader", () => {
  let sdk: InstalledPackage;
  let reader: VpcdReader;
  beforeAll(async () => {
    [sdk, reader] = await Promise.all([installPackage(), startReader()]);
    // The optional peer, as `npm install pcsc-mini` would bring it.
    for (const name of ["pcsc-mini", "@pcsc-mini"]) {
      symlinkSync(path.join(import.meta.dirname, "../../node_modules", name), path.join(sdk.project, "node_modules", name));
    }
    await cp(path.join(sdk.installed, "examples/node-reader"), sdk.project, { recursive: true });
  });
  afterAll(async () => {
    await sdk.remove();
    await reader.stop();
  });

  test("waits for the card, enrols with it, and lets it go", async () => {
    const { privateJwk, publicKey } = await newKeyPair();
    const server = await EnrolmentServer.start({ publicKey, device: "other" });
    const out = new AbortController();
    const running = run(process.execPath, ["enrol.js", server.link, "--issuer", server.issuer], {
      directory: sdk.project,
      environment: reader.environment,
      answers: [["The two digits in the other browser: ", "42"], ["(3 tries left): ", "1234"], ["The six digits shown there: ", "123456"]],
    });
    const served = serveVirtualCard({ host: reader.host, port: reader.port, element: new SoftwareSecureElement(imageOf(privateJwk)), signal: out.signal });
    const { code, output } = await running;
    out.abort();
    await served;
    server.close();
    expect(output.split("\n").at(0)).toBe("Put the card into the reader.");
    expect(output).toContain("Done. Go on in the other browser.");
    expect(code).toBe(0);
    expect(server.proofs.map(({ device }) => device)).toEqual([{ medium: "card", approval: "pin" }]);
  });
});
