import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes.ts";
import type { VirtualCardEvent } from "../../src/simulator/card-events.ts";
import { jpkiAtr, serveVirtualCard, type VirtualCard } from "../../src/simulator/serve-virtual-card.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { imageOf, newKeyPair } from "../support/fixtures.ts";
import { FakeVpcd, type CardInReader } from "./fake-vpcd.ts";

const select = "00a4040c0ad392f000260100000001";
const selectPin = "00a4020c020018";
const rightPin = "002000800431323334";
const wrongPin = "002000800430303030";
const retryPauses = [10, 20];

let key: JsonWebKey;
beforeAll(async () => {
  key = (await newKeyPair()).privateJwk;
});

describe("a virtual card", () => {
  let vpcd: FakeVpcd;
  let card: CardInReader;
  let out: AbortController;
  let served: Promise<void>;
  let events: VirtualCardEvent[];

  beforeEach(async () => {
    vpcd = await FakeVpcd.start();
    serve(new SoftwareSecureElement(imageOf(key)));
    card = await vpcd.card();
  });
  afterEach(async () => {
    out.abort();
    await served.catch(() => undefined);
    await vpcd.stop(card);
  });

  function serve(element: VirtualCard): void {
    out = new AbortController();
    events = [];
    served = serveVirtualCard({ host: "127.0.0.1", port: vpcd.port, element, signal: out.signal, retryPauses, onEvent: (event) => events.push(event) });
    served.catch(() => undefined);
  }

  test("answers the ATR by which OpenSC knows a JPKI card", async () => {
    expect(await card.ask("04")).toBe(toHex(jpkiAtr));
    expect(toHex(jpkiAtr)).toBe("3be000ff8131fe4514");
  });

  test("answers APDUs, one after another, however they are cut", async () => {
    for (const cut of ["whole", "octets"] as const) {
      card.send(select, cut);
      card.send(selectPin, cut);
      card.send(rightPin, cut);
      expect([await card.answer(), await card.answer(), await card.answer()]).toEqual(["9000", "9000", "9000"]);
    }
  });

  test.each([["power off", "00"], ["power on", "01"], ["reset", "02"]])("%s forgets what was selected, but not the tries", async (_, control) => {
    for (const command of [select, selectPin, wrongPin]) await card.ask(command);
    card.send(control);
    expect(await card.ask(selectPin)).not.toBe("9000");
    await card.ask(select);
    await card.ask(selectPin);
    expect(await card.ask("00200080")).toBe("63c2");
  });

  test.each(["", "0020", "002000"])("an APDU that is none is answered by a status word: %s", async (content) => {
    expect(await card.ask(content)).toBe("6700");
  });

  test("tells what happens, without the PIN and what is answered", async () => {
    card.send("01");
    for (const command of [select, selectPin, rightPin, "00a4020c02000a", "00b0000010"]) await card.ask(command);
    const apdu = { event: "apdu", sent: 0, answered: 0, status: "9000" };
    expect(events).toEqual([
      { event: "connected", host: "127.0.0.1", port: vpcd.port },
      { event: "power", power: "on" },
      { ...apdu, header: "00a4040c", selected: "d392f000260100000001", sent: 10 },
      { ...apdu, header: "00a4020c", selected: "0018", sent: 2 },
      { ...apdu, header: "00200080", sent: 4 },
      { ...apdu, header: "00a4020c", selected: "000a", sent: 2 },
      { ...apdu, header: "00b00000", answered: 16 },
    ]);
  });

  test("is put in again when vpcd comes back, with its tries, and says when it tries", async () => {
    const { port } = vpcd;
    for (const command of [select, selectPin, wrongPin]) await card.ask(command);
    await vpcd.stop(card);
    await expect.poll(() => events.filter(({ event }) => event === "disconnected").length).toBeGreaterThan(2);
    vpcd = await FakeVpcd.start(port);
    card = await vpcd.card();
    expect(await card.ask(selectPin)).not.toBe("9000");
    for (const command of [select, selectPin]) await card.ask(command);
    expect(await card.ask("00200080")).toBe("63c2");
    const pauses = events.flatMap((event) => (event.event === "disconnected" ? [event.retryInMs] : []));
    expect(pauses.slice(0, 3)).toEqual([10, 20, 20]);
  });

  test("is taken out by the signal, at once also while it waits for vpcd", async () => {
    out.abort();
    await served;
    await card.gone();
    serve(new SoftwareSecureElement(imageOf(key)));
    card = await vpcd.card();
    await vpcd.stop(card);
    out.abort();
    await served;
    vpcd = await FakeVpcd.start();
  });

  test("who sends an unknown control is not vpcd", async () => {
    card.send("07");
    await expect(served).rejects.toMatchObject({ name: "TransportError", code: "protocol_error" });
    await card.gone();
  });

  test("an element that fails ends it with the element's error", async () => {
    out.abort();
    await served;
    const failure = new Error("the element is broken");
    serve({ reset: () => undefined, transmit: () => Promise.reject(failure) });
    card = await vpcd.card();
    card.send(select);
    await expect(served).rejects.toBe(failure);
    await card.gone();
  });
});

test("without vpcd it says so at once", async () => {
  const vpcd = await FakeVpcd.start();
  const { port } = vpcd;
  await vpcd.stop();
  const served = serveVirtualCard({ host: "127.0.0.1", port, element: new SoftwareSecureElement(imageOf(key)), signal: new AbortController().signal });
  await expect(served).rejects.toMatchObject({ name: "TransportError", code: "reader_unavailable" });
});

test("with a signal that has come already it does nothing", async () => {
  await serveVirtualCard({ host: "127.0.0.1", port: 1, element: new SoftwareSecureElement(imageOf(key)), signal: AbortSignal.abort() });
});
