import { describe, expect, test } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { fromHex, toHex, utf8 } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { MessageBridgeTransport, serveMessageBridge, type MessageBridgeOptions, type MessagePort } from "../../src/transports/message-bridge.ts";
import { TransportError } from "../../src/transports/transport-error.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { certificates, imageOf, newKeyPair, verifies } from "../support/fixtures.ts";
import { linkedPorts } from "../support/linked-ports.ts";
import { RemovableCard } from "../support/removable-card.ts";

const { privateJwk, publicKey } = await newKeyPair();
const command = fromHex("00a4040c") ?? new Uint8Array();
type Message = Record<string, unknown>;

/** A bridge to a card behind the reference host. */
function bridged(card: Transport, options: MessageBridgeOptions = {}): MessageBridgeTransport {
  const [port, hostPort] = linkedPorts();
  serveMessageBridge(hostPort, card);
  return new MessageBridgeTransport(port, options);
}

/** A host that says what it is told to say for each request. */
function scripted(answersTo: (request: Message) => readonly unknown[], options: MessageBridgeOptions = {}): { transport: MessageBridgeTransport; requests: Message[] } {
  const [port, hostPort] = linkedPorts();
  const requests: Message[] = [];
  hostPort.onMessage((text) => {
    const request = JSON.parse(text) as Message;
    requests.push(request);
    for (const answer of answersTo(request)) hostPort.post(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  return { transport: new MessageBridgeTransport(port, options), requests };
}

/** The answer that a good host gives. */
function good({ version, session, id, type }: Message): Message[] {
  const head = { version, session, id };
  if (type === "open") return [{ ...head, type: "opened" }];
  if (type === "close") return [{ ...head, type: "closed" }];
  return type === "transmit" ? [{ ...head, type: "response", response: "9000" }] : [];
}

describe("with the reference host", () => {
  test("an applet is read and signs", async () => {
    const transport = bridged(new SoftwareSecureElement(imageOf(privateJwk)));
    const applet = await JpkiApplet.select(transport);
    await applet.verifyPin("signature", "ABC123");
    expect(await applet.readCertificate("signature")).toEqual(certificates.signature);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8("message")));
    expect(await verifies(publicKey, await applet.sign("signature", digest), utf8("message"))).toBe(true);
  });

  test("a card taken away is told of once; there again it is opened anew", async () => {
    const card = new RemovableCard(new SoftwareSecureElement(imageOf(privateJwk)));
    const transport = bridged(card);
    let removals = 0;
    transport.onRemoved(() => (removals += 1));
    await transport.open();
    await card.remove();
    await expect.poll(() => removals).toBe(1);
    await expect(transport.transmit(command)).rejects.toMatchObject({ code: "card_removed" });
    await expect(transport.open()).rejects.toMatchObject({ code: "card_absent" });
    await card.insert();
    await transport.open();
    expect(toHex(await transport.transmit(command))).toBe("6a82");
    expect(removals).toBe(1);
  });

  test("a removal that only the command's error tells of is told of as well", async () => {
    const card = new RemovableCard(new SoftwareSecureElement(imageOf(privateJwk)));
    const transport = bridged({ transmit: async (bytes) => card.transmit(bytes) });
    let removals = 0;
    transport.onRemoved(() => (removals += 1));
    await transport.open();
    await card.remove();
    await expect(transport.transmit(command)).rejects.toMatchObject({ code: "card_removed" });
    expect(removals).toBe(1);
  });

  test("waiting for a card is ended by closing, on both sides", async () => {
    let stopWaiting: (() => void) | undefined;
    const open = async (): Promise<void> => new Promise((_, reject) => (stopWaiting = () => reject(new TransportError("cancelled"))));
    const waiting = bridged({ transmit: async () => new Uint8Array(), open, close: async () => stopWaiting?.() });
    const opening = expect(waiting.open()).rejects.toMatchObject({ code: "connection_closed" });
    await expect.poll(() => stopWaiting).toBeDefined();
    await waiting.close();
    await opening;
  });
});

describe("with a host that does not behave", () => {
  test.each<[string, (request: Message) => unknown[]]>([
    ["second answers", (request) => [...good(request), ...good(request)]],
    ["answers to other requests", (request) => [{ ...request, id: 99, type: "response", response: "6a82" }, ...good(request)]],
    ["answers to other sessions", (request) => [{ ...request, session: "another", type: "response", response: "6a82" }, ...good(request)]],
    ["texts that are no JSON", (request) => ["", "{", "null", ...good(request)]],
    ["messages without session or id", (request) => [{ version: 1, type: "response", response: "6a82" }, ...good(request)]],
    ["a removal of another connection", (request) => [{ ...request, id: 99, type: "removed" }, ...good(request)]],
  ])("%s are passed over", async (_, answersTo) => {
    const { transport } = scripted(answersTo);
    await transport.open();
    for (let times = 0; times < 3; times += 1) expect(toHex(await transport.transmit(command))).toBe("9000");
    await transport.close();
  });

  test.each<[string, Message]>([
    ["another version", { version: 2, type: "response", response: "9000" }],
    ["a response that is no hexadecimal", { type: "response", response: "90 00" }],
    ["a response that is none", { type: "response" }],
    ["a response without status word", { type: "response", response: "90" }],
    ["a response that never ends", { type: "response", response: "00".repeat(70_000) }],
    ["an error of no known code", { type: "error", code: "toString" }],
    ["an answer to something else", { type: "closed" }],
    ["an answer of no known type", { type: "pong" }],
  ])("%s is a protocol error and ends the connection", async (_, answer) => {
    const { transport } = scripted((request) => (request["type"] === "transmit" ? [{ ...request, ...answer }] : good(request)));
    await transport.open();
    await expect(transport.transmit(command)).rejects.toMatchObject({ code: "protocol_error" });
    await expect(transport.transmit(command)).rejects.toMatchObject({ code: "connection_closed" });
    await transport.open();
  });

  test.each(["card_absent", "reader_unavailable", "timed_out", "cancelled", "protocol_error", "connection_closed", "card_removed"])("its error %s is passed on", async (code) => {
    const { transport } = scripted((request) => [{ ...request, type: "error", code }]);
    await expect(transport.open()).rejects.toMatchObject({ code });
  });

  test("no answer in time: timed out, cancelled at the host, closed; a late answer is nobody's", async () => {
    const late: Message[] = [];
    const { transport, requests } = scripted(
      (request) => {
        if (request["type"] !== "transmit") return [...late.splice(0), ...good(request)];
        if (requests.length > 2) return good(request);
        late.push({ ...good(request)[0], response: "6a82" });
        return [];
      },
      { answerWithin: 0.05 },
    );
    await transport.open();
    await expect(transport.transmit(command)).rejects.toMatchObject({ code: "timed_out" });
    await expect(transport.transmit(command)).rejects.toMatchObject({ code: "connection_closed" });
    await transport.open();
    expect(toHex(await transport.transmit(command))).toBe("9000");
    expect(requests.map(({ type, id }) => [type, id])).toEqual([["open", 1], ["transmit", 2], ["cancel", 2], ["open", 3], ["transmit", 4]]);
  });

  test("nothing hangs with a host that says nothing", async () => {
    const { transport } = scripted(() => [], { openWithin: 0.05, answerWithin: 0.05 });
    await expect(transport.open()).rejects.toMatchObject({ code: "timed_out" });
    await transport.close();
    await transport.close();
  });

  test("a bridge that is down is a closed connection", async () => {
    const port: MessagePort = { post: () => { throw new Error("no such object"); }, onMessage: () => () => undefined };
    await expect(new MessageBridgeTransport(port).open()).rejects.toMatchObject({ code: "connection_closed" });
  });
});

test("a command is sent once, in lower-case hexadecimal, and what is under way is given up by closing", async () => {
  const { transport, requests } = scripted((request) => (request["type"] === "transmit" ? [] : good(request)));
  await expect(transport.transmit(command)).rejects.toMatchObject({ code: "connection_closed" });
  await Promise.all([transport.open(), transport.open()]);
  const sent = expect(transport.transmit(Uint8Array.of(0, 0xa4))).rejects.toMatchObject({ code: "connection_closed" });
  await transport.close();
  await sent;
  expect(requests).toEqual([
    { version: 1, session: expect.stringMatching(/^[0-9a-f]{32}$/u), id: 1, type: "open" },
    expect.objectContaining({ id: 2, type: "transmit", command: "00a4" }),
    expect.objectContaining({ id: 2, type: "cancel" }),
    expect.objectContaining({ id: 3, type: "close" }),
  ]);
});
