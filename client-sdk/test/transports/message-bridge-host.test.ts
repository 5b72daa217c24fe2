import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { checkMessageBridgeHost, MessageBridgeTransport, serveMessageBridge, type HostCheckRow, type MessagePort } from "../../src/transports/message-bridge.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { imageOf, newKeyPair } from "../support/fixtures.ts";
import { linkedPorts } from "../support/linked-ports.ts";
import { RemovableCard } from "../support/removable-card.ts";

const { privateJwk } = await newKeyPair();

type Host = (port: MessagePort, card: RemovableCard) => unknown;

async function check(host: Host, withCardControl = true): Promise<HostCheckRow[]> {
  const [port, hostPort] = linkedPorts();
  const card = new RemovableCard(new SoftwareSecureElement(imageOf(privateJwk)));
  host(hostPort, card);
  return checkMessageBridgeHost(port, { authenticationPin: "1234", patience: 200, ...(withCardControl ? { card } : {}) });
}

const outcomes = (rows: readonly HostCheckRow[], outcome: string): string[] => rows.filter((row) => row.outcome === outcome).map(({ name }) => name);

describe("the reference host", () => {
  test("passes every row", async () => {
    const rows = await check(serveMessageBridge);
    expect(rows.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(rows).toHaveLength(18);
  });

  test("passes every row that needs no card to be taken away", async () => {
    const rows = await check(serveMessageBridge, false);
    expect(outcomes(rows, "failed")).toEqual([]);
    expect(outcomes(rows, "not_run")).toEqual(["tells once that the card is gone, and takes it again", "without a card refuses to open, or waits for it until cancelled"]);
  });
});

test("a page that was loaded anew does not wait for what the one before had under way", async () => {
  const { promise: ended, resolve: end } = Promise.withResolvers<Uint8Array>();
  let isStuck = true;
  const element: Transport = {
    transmit: async () => (isStuck ? ended : Uint8Array.of(0x90, 0x00)),
    close: async () => {
      isStuck = false;
      end(Uint8Array.of(0x6f, 0x00));
    },
  };
  const [port, hostPort] = linkedPorts();
  serveMessageBridge(hostPort, element);
  const before = new MessageBridgeTransport(port);
  await before.open();
  void before.transmit(Uint8Array.of(0x00, 0xb0, 0x00, 0x00)).catch(() => undefined);
  const after = new MessageBridgeTransport(port, { openWithin: 1 });
  await after.open();
  expect(toHex(await after.transmit(Uint8Array.of(0x00, 0xb0, 0x00, 0x00)))).toBe("9000");
});

type Message = Record<string, unknown>;
const edit = (text: string, change: (message: Message) => Message): string => JSON.stringify(change(messageOf(text)));

function messageOf(text: string): Message {
  try {
    return { ...(JSON.parse(text) as Message | null) };
  } catch {
    return {};
  }
}

/** The reference host with something between it and its port. */
function tampered(tamper: (port: MessagePort) => Partial<MessagePort>): Host {
  return (port, card) => serveMessageBridge({ ...port, ...tamper(port) }, card);
}

function answering(change: (message: Message) => Message): Host {
  return tampered((port) => ({ post: (text) => port.post(edit(text, change)) }));
}

function onlyAnswering(isSent: (message: Message) => boolean): Host {
  return tampered((port) => ({ post: (text) => (isSent(messageOf(text)) ? port.post(text) : undefined) }));
}

function hearing(hear: (text: string, listener: (text: string) => void, port: MessagePort) => void): Host {
  return tampered((port) => ({ onMessage: (listener) => port.onMessage((text) => hear(text, listener, port)) }));
}

/** Carries out each command as it comes, whoever sends it and whenever. */
function careless(port: MessagePort, element: Transport): void {
  port.onMessage((text) => {
    const { version, session, id, type, command } = messageOf(text);
    const answer = (more: Message): void => port.post(JSON.stringify({ version, session, id, ...more }));
    if (type === "open") answer({ type: "opened" });
    if (type === "close") answer({ type: "closed" });
    if (type === "transmit") void element.transmit(fromHex(String(command)) ?? new Uint8Array()).then((response) => answer({ type: "response", response: toHex(response) }));
  });
}

/** Gives every request a number of its own, so that none is ever a repetition. */
function renumbering(): Host {
  const ids: unknown[] = [0];
  return tampered((port) => ({
    post: (text) => port.post(edit(text, (message) => ({ ...message, id: ids[Number(message["id"])] }))),
    onMessage: (listener) => port.onMessage((text) => listener(edit(text, (message) => ({ ...message, id: ids.push(message["id"]) - 1 })))),
  }));
}

function dyingOfGarbage(): Host {
  let isDead = false;
  return hearing((text, listener) => {
    isDead ||= !text.startsWith('{"');
    if (!isDead) listener(text);
  });
}

function quotingCommands(): Host {
  let last: unknown;
  return tampered((port) => ({
    post: (text) => port.post(edit(text, (message) => (message["type"] === "error" ? { ...message, detail: `failed: ${String(last)}` } : message))),
    onMessage: (listener) => port.onMessage((text) => {
      if (text.includes('"command"')) last = messageOf(text)["command"];
      listener(text);
    }),
  }));
}

describe.concurrent("a host that is broken fails the row that is about it", () => {
  test.each<[string, Host, string]>([
    ["does not answer close", onlyAnswering(({ type }) => type !== "closed"), "opens and closes"],
    ["has another version", answering((message) => ({ ...message, version: 2 })), "answers with the version, session and id of the request"],
    ["names no session", answering((message) => ({ ...message, session: undefined })), "answers with the version, session and id of the request"],
    ["numbers its answers itself", answering((message) => ({ ...message, id: 99 })), "answers with the version, session and id of the request"],
    ["cuts long responses", answering(({ response, ...message }) => ({ ...message, ...(response === undefined ? {} : { response: String(response).slice(-500) }) })), "carries whole responses"],
    ["strips the status word", answering(({ response, ...message }) => ({ ...message, ...(response === undefined ? {} : { response: `${String(response).slice(0, -4)}` }) })), "carries whole responses"],
    ["makes errors of status words", answering((message) => (String(message["response"]).startsWith("6") ? { ...message, type: "error", code: "protocol_error" } : message)), "passes status words on as they are"],
    ["says everything twice", tampered((port) => ({ post: (text) => [text, text].forEach((each) => port.post(each)) })), "answers each request once"],
    ["overtakes slow commands", hearing((text, listener) => void setTimeout(() => listener(text), text.includes("0018") ? 30 : 0)), "carries out commands in the order in which they came"],
    ["carries out what is repeated", renumbering(), "does not carry out a repeated request again"],
    ["needs no connection", careless, "refuses a command before there is a connection"],
    ["closes nothing", careless, "refuses a command after closing, and closes twice"],
    ["keeps the PIN", careless, "a new connection knows nothing of an earlier one's PIN"],
    ["mixes sessions", careless, "a new session ends the earlier one's connection"],
    ["has codes of its own", answering((message) => (message["code"] === "protocol_error" ? { ...message, code: "bad_request" } : message)), "refuses what is not of the protocol"],
    ["says nothing of what it does not understand", onlyAnswering(({ code }) => code !== "protocol_error"), "refuses what is not of the protocol"],
    ["dies of garbage", dyingOfGarbage(), "passes over what nobody can be answered for"],
    ["answers garbage", hearing((text, listener, port) => (text.startsWith('{"') ? listener(text) : port.post("what?"))), "passes over what nobody can be answered for"],
    ["answers every cancel", hearing((text, listener, port) => (text.includes('"cancel"') ? port.post(edit(text, (message) => ({ ...message, type: "error", code: "cancelled" }))) : listener(text))), "cancelling what is not under way does nothing"],
    ["goes on after cancelling", hearing((text, listener, port) => {
      if (text.includes('"cancel"')) return;
      if (text.includes('"transmit"')) port.post(edit(text, (message) => ({ ...message, type: "error", code: "cancelled" })));
      listener(text);
    }), "a cancelled command has its answer, or ends the connection"],
    ["quotes commands in its errors", quotingCommands(), "repeats no PIN"],
    ["does not tell of a removal", onlyAnswering(({ type }) => type !== "removed"), "tells once that the card is gone, and takes it again"],
    ["calls a removal something else", answering((message) => (message["code"] === "card_removed" ? { ...message, code: "timed_out" } : message)), "tells once that the card is gone, and takes it again"],
    ["opens without a card", (port, card) => serveMessageBridge(port, { transmit: async (command) => card.transmit(command), close: async () => card.close(), onRemoved: (listener) => card.onRemoved(listener) }), "without a card refuses to open, or waits for it until cancelled"],
  ])("%s", async (_, host, row) => {
    const rows = await check(host);
    expect(outcomes(rows, "failed")).toContain(row);
    expect(rows.find(({ name }) => name === row)?.detail).not.toBe("");
  });

  test("a page that is gone while it is answered leaves the host to the next one", async () => {
    let isGone = true;
    const host = tampered((port) => ({
      post: (text) => {
        if (!isGone) return port.post(text);
        isGone = false;
        throw new Error("the page is gone");
      },
    }));
    expect(outcomes(await check(host), "failed")).toEqual(["opens and closes"]);
  });

  test("one that says nothing fails every row but those that wait for nothing", async () => {
    expect(outcomes(await check(() => undefined), "failed")).toHaveLength(18);
  }, 60_000);
});
