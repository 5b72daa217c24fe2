import { describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes.ts";
import { loadBinding } from "../../src/transports/pcsc-binding.ts";
import { listReaders, PcscTransport, type PcscOptions } from "../../src/transports/pcsc.ts";
import { errorOfBinding, FakePcscService } from "../support/fake-pcsc-service.ts";

const card = 0x20;
const exclusive = 0xa0;
const mute = 0x220;
const empty = 0x10;
const select = Uint8Array.of(0, 0xa4, 4, 0);

const oneCard = { "Reader 0": card };
const transportOf = (service: FakePcscService, options: PcscOptions = {}): PcscTransport => new PcscTransport({ binding: service.binding, ...options });

test("lists readers and what is in them, and lets the service go", async () => {
  const service = new FakePcscService({ a: empty, b: card, c: exclusive, d: mute });
  expect(await listReaders({ binding: service.binding })).toEqual([
    { name: "a", state: "empty" },
    { name: "b", state: "card" },
    { name: "c", state: "exclusive" },
    { name: "d", state: "mute" },
  ]);
  await expect.poll(() => service.clients.size).toBe(0);
});

test("no reader at all is an empty list, and no reader to open", async () => {
  const service = new FakePcscService({});
  expect(await listReaders({ binding: service.binding })).toEqual([]);
  await expect(transportOf(service).open()).rejects.toMatchObject({ code: "reader_unavailable" });
  await expect.poll(() => service.clients.size).toBe(0);
});

test("without the binding it says what to install", async () => {
  const error = await loadBinding(async () => Promise.reject(new Error("Cannot find package"))).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "reader_unavailable", cause: { message: expect.stringContaining("npm install pcsc-mini") } });
});

describe("opening", () => {
  test.each<[string, Record<string, number>, PcscOptions, string]>([
    ["the first reader with a card", { a: empty, b: card, c: card }, {}, "b"],
    ["the reader that is named", { a: card, b: card }, { reader: "b" }, "b"],
    ["a card that another program keeps, if that lets go meanwhile", { a: exclusive }, {}, "a"],
  ])("%s", async (_, readers, options, name) => {
    const transport = transportOf(new FakePcscService(readers), options);
    await transport.open();
    expect(transport.readerName).toBe(name);
    await transport.close();
    expect(transport.readerName).toBeUndefined();
  });

  test.each<[string, Record<string, number>, PcscOptions, string]>([
    ["no card", { a: empty }, {}, "card_absent"],
    ["a card in another reader than the one named", { a: empty, b: card }, { reader: "a" }, "card_absent"],
    ["no such reader", { a: card }, { reader: "b" }, "reader_unavailable"],
    ["waiting, cancelled before", { a: card }, { wait: true, signal: AbortSignal.abort() }, "cancelled"],
    ["waiting for a card, out of time", { a: empty }, { wait: true, signal: AbortSignal.timeout(50) }, "timed_out"],
    ["waiting for a reader, out of time", {}, { wait: true, signal: AbortSignal.timeout(50) }, "timed_out"],
  ])("%s: %s", async (_, readers, options, code) => {
    const service = new FakePcscService(readers);
    await expect(transportOf(service, options).open()).rejects.toMatchObject({ code });
    await expect.poll(() => service.clients.size).toBe(0);
  });

  test.each([
    ["NoSmartCard", "card_absent"],
    ["RemovedCard", "card_removed"],
    ["SharingViolation", "reader_unavailable"],
    ["UnresponsiveCard", "protocol_error"],
    ["Timeout", "timed_out"],
  ])("the service says %s: %s", async (pcsc, code) => {
    const service = new FakePcscService(oneCard);
    service.connectErrors = [pcsc];
    await expect(transportOf(service).open()).rejects.toMatchObject({ code, cause: { code: pcsc } });
  });

  test("there is no service", async () => {
    const service = new FakePcscService(oneCard);
    service.startError = "NoService";
    await expect(transportOf(service).open()).rejects.toMatchObject({ code: "reader_unavailable" });
    await expect(listReaders({ binding: service.binding })).rejects.toMatchObject({ code: "reader_unavailable" });
  });

  test("waits for a card, past one that was gone again at once", async () => {
    const service = new FakePcscService({ a: empty });
    service.connectErrors = ["NoSmartCard"];
    const transport = transportOf(service, { wait: true });
    const opening = transport.open();
    for (const status of [card, empty, card]) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      service.set("a", status);
    }
    await opening;
    expect(service.connectErrors).toEqual([]);
    await transport.close();
  });

  test("waiting does not begin once the transport was closed, while the card was still being connected to", async () => {
    const service = new FakePcscService(oneCard);
    const transport = transportOf(service, { wait: true });
    service.connect = async () => {
      void transport.close();
      throw errorOfBinding("NoSmartCard");
    };
    await expect(transport.open()).rejects.toMatchObject({ code: "connection_closed" });
  });

  test("waiting ends when the transport is closed, and when the service ends", async () => {
    const service = new FakePcscService({ a: empty });
    const transport = transportOf(service, { wait: true });
    const closed = expect(transport.open()).rejects.toMatchObject({ code: "connection_closed" });
    await transport.close();
    await closed;
    const stopped = expect(transport.open()).rejects.toMatchObject({ code: "reader_unavailable" });
    await expect.poll(() => service.clients.size).toBe(1);
    service.stop();
    await stopped;
  });

  test("once, however often it is asked for; exclusive unless told otherwise; the card is reset in the end", async () => {
    const service = new FakePcscService(oneCard);
    const transport = transportOf(service);
    await Promise.all([transport.open(), transport.open()]);
    await transport.close();
    await transport.close();
    const shared = transportOf(service, { sharing: "shared" });
    await shared.open();
    await shared.close();
    expect([service.sharings, service.dispositions]).toEqual([[1, 2], [1, 1]]);
    await expect.poll(() => service.clients.size).toBe(0);
  });
});

describe("transmitting", () => {
  test("a copy of the command, which is overwritten", async () => {
    const service = new FakePcscService(oneCard);
    const transport = transportOf(service);
    await expect(transport.transmit(select)).rejects.toMatchObject({ code: "connection_closed" });
    await transport.open();
    expect(toHex(await transport.transmit(select))).toBe("9000");
    expect(service.commands.map(toHex)).toEqual(["00000000"]);
    expect(toHex(select)).toBe("00a40400");
    await transport.close();
  });

  test.each([
    ["ResetCard", "card_removed", 1],
    ["NotTransacted", "card_removed", 1],
    ["ReaderUnavailable", "reader_unavailable", 0],
    ["InvalidHandle", "connection_closed", 0],
    ["WrongChv", "protocol_error", 0],
  ])("the service says %s: %s", async (pcsc, code, removals) => {
    const service = new FakePcscService(oneCard);
    const transport = transportOf(service);
    let heard = 0;
    transport.onRemoved(() => (heard += 1));
    await transport.open();
    service.transmitError = pcsc;
    await expect(transport.transmit(select)).rejects.toMatchObject({ code });
    service.transmitError = undefined;
    if (removals > 0) await expect(transport.transmit(select)).rejects.toMatchObject({ code: "card_removed" });
    expect(heard).toBe(removals);
    await transport.close();
  });

  test.each<[string, (service: FakePcscService) => void]>([
    ["the card is taken out", (service) => service.set("Reader 0", empty)],
    ["the reader is unplugged", (service) => service.set("Reader 0", undefined)],
    ["the service ends", (service) => service.stop()],
  ])("%s: it is told of once, unless nobody listens any more", async (_, happen) => {
    const service = new FakePcscService(oneCard);
    const transport = transportOf(service);
    let heard = 0;
    transport.onRemoved(() => (heard += 1));
    transport.onRemoved(() => (heard += 100))();
    await transport.open();
    happen(service);
    happen(service);
    await expect(transport.transmit(select)).rejects.toMatchObject({ code: "card_removed" });
    expect(heard).toBe(1);
    await transport.close();
    await expect.poll(() => service.clients.size).toBe(0);
  });
});
