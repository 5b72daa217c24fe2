import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { JpkiApplet, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import { sha256, utf8 } from "../../client-sdk/src/bytes.ts";
import { serveVirtualCard } from "../../client-sdk/src/simulator/serve-virtual-card.ts";
import { listReaders, PcscTransport, type PcscOptions } from "../../client-sdk/src/transports/pcsc.ts";
import { certificates, imageOf, newKeyPair, verifies, type KeyPair } from "../../client-sdk/test/support/fixtures.ts";
import { loadBinding } from "../../client-sdk/src/transports/pcsc-binding.ts";
import { missingForReader, startReader, type VpcdReader } from "./vpcd-reader.ts";

const missing = missingForReader() ?? (await loadBinding().then(() => null, () => "pcsc-mini has no binary for this platform"));
if (missing !== null) process.stderr.write(`skipped: cards through pcscd, for ${missing}\n`);

const reader = "Virtual PCD 00 00";
let service: VpcdReader;
let pair: KeyPair;
let takeOut: () => Promise<void> = async () => undefined;
const opened: PcscTransport[] = [];

function transportOf(options: PcscOptions = {}): PcscTransport {
  const transport = new PcscTransport({ reader, ...options });
  opened.push(transport);
  return transport;
}

function putIn(): void {
  const out = new AbortController();
  const served = serveVirtualCard({ host: service.host, port: service.port, element: new SoftwareSecureElement(imageOf(pair.privateJwk)), signal: out.signal });
  takeOut = async () => {
    out.abort();
    await served;
    await stateIs("empty");
  };
}

async function putInAndWait(): Promise<void> {
  putIn();
  await stateIs("card");
}

/** pcscd looks into its readers every few hundred milliseconds. */
async function stateIs(state: string): Promise<void> {
  while ((await listReaders()).find(({ name }) => name === reader)?.state !== state) await pause(50);
}

describe.runIf(missing === null)("a card through pcscd", () => {
  beforeAll(async () => {
    pair = await newKeyPair();
    service = await startReader();
    // The binding looks for it when it is first used.
    process.env["PCSCLITE_CSOCK_NAME"] = service.environment.PCSCLITE_CSOCK_NAME;
  }, 300_000);

  afterEach(async () => {
    for (const transport of opened.splice(0)) await transport.close();
    await takeOut();
    takeOut = async () => undefined;
  });

  afterAll(async () => service.stop());

  test("readers are listed with what is in them", async () => {
    expect(await listReaders()).toContainEqual({ name: reader, state: "empty" });
    await putInAndWait();
    expect(await listReaders()).toContainEqual({ name: reader, state: "card" });
  });

  test.each([
    ["no card in the reader", { reader }, "card_absent"],
    ["no card in any reader", {}, "card_absent"],
    ["no such reader", { reader: "Another Reader 00 00" }, "reader_unavailable"],
    ["waiting, cancelled", { wait: true, signal: AbortSignal.abort() }, "cancelled"],
    ["waiting, out of time", { wait: true, signal: AbortSignal.timeout(200) }, "timed_out"],
  ])("%s", async (_, options: PcscOptions, code) => {
    await expect(new PcscTransport(options).open()).rejects.toMatchObject({ code });
  });

  test("waits for a card, reads all certificates and signs with both keys", async () => {
    const transport = new PcscTransport({ wait: true });
    opened.push(transport);
    const isOpen = transport.open();
    putIn();
    await isOpen;
    expect(transport.readerName).toBe(reader);
    const applet = await JpkiApplet.select(transport);
    const digest = await sha256(utf8("message"));
    for (const [use, pin] of [["authentication", "1234"], ["signature", "ABC123"]] as const) {
      await applet.verifyPin(use, pin);
      expect(await applet.readCertificate(use)).toEqual(certificates[use]);
      expect(await applet.readCaCertificate(use)).toEqual(certificates.ca);
      expect(await verifies(pair.publicKey, await applet.sign(use, digest), utf8("message"))).toBe(true);
    }
  });

  test("a wrong PIN spends a try of the card's", async () => {
    await putInAndWait();
    const applet = await JpkiApplet.select(await openTransport());
    await expect(applet.verifyPin("authentication", "0000")).rejects.toMatchObject({ code: "pin_wrong", triesLeft: 2 });
    expect(await applet.triesLeft("authentication")).toBe(2);
  });

  test("exclusive: no other program reaches the card; shared: both do", async () => {
    await putInAndWait();
    const exclusive = await openTransport();
    await expect(transportOf({ sharing: "shared" }).open()).rejects.toMatchObject({ code: "reader_unavailable" });
    await exclusive.close();
    const first = await openTransport({ sharing: "shared" });
    const second = await openTransport({ sharing: "shared" });
    await JpkiApplet.select(first);
    await JpkiApplet.select(second);
  });

  test("closing forgets the PIN, and closing or opening twice does nothing", async () => {
    await putInAndWait();
    const transport = await openTransport();
    await transport.open();
    const applet = await JpkiApplet.select(transport);
    await applet.verifyPin("signature", "ABC123");
    await transport.close();
    await transport.close();
    await expect(transport.transmit(Uint8Array.of(0, 0xa4, 4, 0))).rejects.toMatchObject({ code: "connection_closed" });
    await transport.open();
    await expect((await JpkiApplet.select(transport)).readCertificate("signature")).rejects.toMatchObject({ code: "security_status_not_satisfied" });
  });

  test("a card taken out is told of once; put in again it serves again", async () => {
    await putInAndWait();
    const transport = await openTransport();
    let removals = 0;
    transport.onRemoved(() => (removals += 1));
    await takeOut();
    await expect(transport.transmit(Uint8Array.of(0, 0xa4, 4, 0))).rejects.toMatchObject({ code: "card_removed" });
    await expect.poll(() => removals).toBe(1);
    await transport.close();
    await putInAndWait();
    await transport.open();
    await JpkiApplet.select(transport);
    expect(removals).toBe(1);
  });
});

async function openTransport(options: PcscOptions = {}): Promise<PcscTransport> {
  const transport = transportOf(options);
  await transport.open();
  return transport;
}
