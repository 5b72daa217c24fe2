import { describe, expect, test } from "vitest";
import { Connection, type Sequence } from "../../src/transports/connection.ts";
import { TransportError, type TransportErrorCode } from "../../src/transports/transport-error.ts";
import { HandTransport } from "../support/hand-transport.ts";

const command = (octet = 1): Uint8Array => Uint8Array.of(octet);
const one: Sequence<Uint8Array> = (transmit) => transmit(command(), { within: 0.05 });
const many = (...octets: number[]): Sequence<Uint8Array[]> => async (transmit) => {
  const answers: Uint8Array[] = [];
  for (const octet of octets) answers.push(await transmit(command(octet)));
  return answers;
};

/** What a call comes to: its answer, or the code of its error. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => (error instanceof TransportError ? error.code : error));
}

describe("one sequence at a time", () => {
  test("the commands of two sequences do not mix, and none is sent before the last was answered", async () => {
    const transport = new HandTransport();
    const connection = new Connection(transport);
    const both = Promise.all([connection.inTurn(many(1, 2)), connection.inTurn(many(3))]);
    for (const octet of [1, 2, 3]) {
      await transport.nextCommand();
      expect(transport.sent.at(-1)).toBe(octet);
      transport.answer(octet);
    }
    expect(await both).toEqual([[Uint8Array.of(1), Uint8Array.of(2)], [Uint8Array.of(3)]]);
    expect(transport.sent).toEqual([1, 2, 3]);
  });

  test("a sequence that rejects for its own reasons leaves the connection as it is", async () => {
    const connection = new Connection(new HandTransport({ echo: true }));
    const reason = new Error("own");
    await expect(connection.inTurn(() => Promise.reject(reason))).rejects.toBe(reason);
    expect(await connection.inTurn(one)).toEqual(command());
  });
});

// Each row: what the transport does with the first command, what the call comes to, and every later call.
describe("the end", () => {
  const foreign = new Error("no such reader: 00200080");
  test.each<[string, (transport: HandTransport) => void, TransportErrorCode, TransportErrorCode]>([
    ["no answer", () => undefined, "timed_out", "connection_closed"],
    ["the card is removed", (transport) => transport.remove(), "card_removed", "card_removed"],
    ["the card is removed, by the answer", (transport) => transport.fail(new TransportError("card_removed")), "card_removed", "card_removed"],
    ["the card is absent", (transport) => transport.fail(new TransportError("card_absent")), "card_absent", "connection_closed"],
    ["cancelled by the transport", (transport) => transport.fail(new TransportError("cancelled")), "cancelled", "connection_closed"],
    ["an error of another kind", (transport) => transport.fail(foreign), "connection_closed", "connection_closed"],
    ["no bytes", (transport) => transport.settle("9000"), "protocol_error", "connection_closed"],
    ["nothing at all", (transport) => transport.settle(undefined), "protocol_error", "connection_closed"],
  ])("%s", async (_, act, code, later) => {
    const transport = new HandTransport();
    const connection = new Connection(transport);
    const calls = [connection.inTurn(one), connection.inTurn(one)];
    await transport.nextCommand();
    act(transport);
    expect(await Promise.all(calls.map(outcomeOf))).toEqual([code, later]);
    transport.answer(9);
    expect(await outcomeOf(connection.inTurn(one))).toBe(later);
    expect(transport.sent).toEqual([1]);
  });

  test("an error of another kind is the cause, unless the command holds a PIN", async () => {
    for (const [isSecret, cause] of [[false, foreign], [true, undefined]] as const) {
      const transport = new HandTransport();
      const call = new Connection(transport).inTurn((transmit) => transmit(command(), { isSecret }));
      await transport.nextCommand();
      transport.fail(foreign);
      expect(await call.catch((error: TransportError) => [error.code, error.cause])).toEqual(["connection_closed", cause]);
    }
  });

  test("a transport's own cause is not passed on either when the command holds a PIN", async () => {
    const transport = new HandTransport();
    const call = new Connection(transport).inTurn((transmit) => transmit(command(), { isSecret: true }));
    await transport.nextCommand();
    transport.fail(new TransportError("protocol_error", { cause: foreign }));
    expect(await call.catch((error: TransportError) => [error.code, error.cause])).toEqual(["protocol_error", undefined]);
  });

  test("a removal between two commands is noticed", async () => {
    const transport = new HandTransport({ echo: true });
    const connection = new Connection(transport);
    await connection.inTurn(one);
    transport.remove();
    expect(await outcomeOf(connection.inTurn(one))).toBe("card_removed");
    expect(await new Connection(transport).inTurn(one)).toEqual(command());
    expect(await outcomeOf(connection.inTurn(one))).toBe("card_removed");
  });

  test("a transport that throws instead of rejecting is dealt with", async () => {
    const connection = new Connection({
      transmit: () => {
        throw foreign;
      },
    });
    expect(await outcomeOf(connection.inTurn(one))).toBe("connection_closed");
  });
});

describe("a new connection", () => {
  test("closes and opens the transport after a bad end, and takes no late answer for its own", async () => {
    const transport = new HandTransport();
    const before = new Connection(transport);
    expect(await outcomeOf(before.inTurn(one))).toBe("timed_out");
    await transport.nextCommand();
    const call = new Connection(transport).inTurn(many(2));
    await transport.nextCommand();
    transport.answerFirst(7);
    transport.answer(8);
    expect(await call).toEqual([Uint8Array.of(8)]);
    expect(transport.events).toEqual(["open", "close", "open"]);
    expect(await outcomeOf(before.inTurn(one))).toBe("connection_closed");
  });

  test("ends the one before, once what that one was doing is through", async () => {
    const transport = new HandTransport();
    const before = new Connection(transport);
    const first = before.inTurn(many(1));
    const second = new Connection(transport).inTurn(many(2));
    await transport.nextCommand();
    transport.answer(1);
    await transport.nextCommand();
    transport.answer(2);
    expect(await Promise.all([first, second])).toEqual([[Uint8Array.of(1)], [Uint8Array.of(2)]]);
    expect(await outcomeOf(before.inTurn(one))).toBe("connection_closed");
    expect(transport.events).toEqual(["open", "open"]);
    expect(transport.listeners).toBe(1);
  });

  test.each<[string, unknown, TransportErrorCode]>([
    ["as it is", new TransportError("reader_unavailable"), "reader_unavailable"],
    ["wrapped", new Error("no service"), "connection_closed"],
  ])("that cannot be opened tells the reason %s", async (_, reason, code) => {
    const transport = new HandTransport({ openFails: reason });
    const connection = new Connection(transport);
    expect(await outcomeOf(connection.inTurn(one))).toBe(code);
    expect(await outcomeOf(connection.inTurn(one))).toBe("connection_closed");
    expect(transport.sent).toEqual([]);
  });

  test("opens even where closing fails", async () => {
    const transport = new HandTransport({ closeFails: new Error("not open") });
    expect(await outcomeOf(new Connection(transport).inTurn(one))).toBe("timed_out");
    await transport.nextCommand();
    const call = new Connection(transport).inTurn(many(1));
    await transport.nextCommand();
    transport.answer(1);
    expect(await call).toEqual([command()]);
  });
});

describe("cancelling", () => {
  test("before its turn: nothing is sent", async () => {
    const transport = new HandTransport({ echo: true });
    const signal = AbortSignal.abort();
    expect(await outcomeOf(new Connection(transport).inTurn(one, { signal }))).toBe("cancelled");
    expect(transport.events).toEqual([]);
  });

  test("with a command on its way: rejects at once, sends nothing more, and the next sequence waits for the answer", async () => {
    const transport = new HandTransport();
    const connection = new Connection(transport);
    const abort = new AbortController();
    const cancelled = connection.inTurn(many(1, 2), { signal: abort.signal });
    const next = connection.inTurn(many(3));
    await transport.nextCommand();
    abort.abort();
    expect(await outcomeOf(cancelled)).toBe("cancelled");
    expect(transport.sent).toEqual([1]);
    transport.answer(1);
    await transport.nextCommand();
    transport.answer(3);
    expect(await next).toEqual([Uint8Array.of(3)]);
    expect(transport.sent).toEqual([1, 3]);
  });

  test("while the transport waits for a card: rejects at once, and a new connection closes it first", async () => {
    const transport = new HandTransport({ openWaits: true });
    const abort = new AbortController();
    const connection = new Connection(transport);
    const call = connection.inTurn(one, { signal: abort.signal });
    await transport.opening;
    abort.abort();
    expect(await outcomeOf(call)).toBe("cancelled");
    expect(await outcomeOf(connection.inTurn(one))).toBe("connection_closed");
    transport.openWaits = false;
    const again = new Connection(transport).inTurn(many(1));
    await transport.nextCommand();
    transport.answer(1);
    expect(await again).toEqual([command()]);
    expect(transport.events).toEqual(["open", "close", "open"]);
  });

  test("before it is called: rejects at once, though another sequence is running", async () => {
    const transport = new HandTransport();
    const connection = new Connection(transport);
    const running = connection.inTurn(many(1));
    expect(await outcomeOf(connection.inTurn(many(2), { signal: AbortSignal.abort() }))).toBe("cancelled");
    await transport.nextCommand();
    transport.answer(1);
    await running;
    expect(transport.sent).toEqual([1]);
  });

  test("leaves no listener behind", async () => {
    let listeners = 0;
    const signal = new AbortController().signal;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...listener: unknown[]) => { listeners += 1; Reflect.apply(addEventListener, signal, listener); };
    signal.removeEventListener = (...listener: unknown[]) => { listeners -= 1; Reflect.apply(removeEventListener, signal, listener); };
    await new Connection(new HandTransport({ echo: true })).inTurn(one, { signal });
    expect(listeners).toBe(0);
  });
});
