import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../src/bytes.ts";
import { readHostMessage, readRequest, writeHostMessage, writeRequest, type HostMessageBody, type RequestBody } from "../../src/transports/message-bridge-messages.ts";

const reference = fc.record({ session: fc.string({ minLength: 1, maxLength: 64 }), id: fc.integer({ min: 1 }) });
const bytes = fc.uint8Array({ minLength: 2, maxLength: 300 }).map((octets) => Uint8Array.from(octets));
const requestBodies = fc.oneof(
  fc.constantFrom<RequestBody>({ type: "open" }, { type: "close" }, { type: "cancel" }),
  bytes.map((command): RequestBody => ({ type: "transmit", command })),
);
const hostBodies = fc.oneof(
  fc.constantFrom<HostMessageBody>({ type: "opened" }, { type: "closed" }, { type: "removed" }, { type: "error", code: "timed_out" }),
  bytes.map((response): HostMessageBody => ({ type: "response", response })),
);

test("what is written is read", () => {
  fc.assert(fc.property(reference, requestBodies, (head, body) => {
    expect(readRequest(writeRequest({ ...head, ...body }))).toEqual({ kind: "message", message: { ...head, ...body } });
  }));
  fc.assert(fc.property(reference, hostBodies, (head, body) => {
    expect(readHostMessage(writeHostMessage({ ...head, ...body }))).toEqual({ kind: "message", message: { ...head, ...body } });
  }));
});

test("whatever comes is read without an exception, and only what is of the protocol as a message", () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom("open", "transmit", "opened", "response", "error", "__proto__", "00a4", "00A", 1, 1.5, -1));
  const object = fc.dictionary(fc.constantFrom("version", "session", "id", "type", "command", "response", "code", "__proto__"), value);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), object.map((members) => JSON.stringify(members))), (text) => {
      for (const read of [readRequest(text), readHostMessage(text)]) {
        if (read.kind !== "message") continue;
        const written = JSON.parse(text) as Record<string, unknown>;
        expect([written["version"], written["session"], written["id"], written["type"]]).toEqual([1, read.message.session, read.message.id, read.message.type]);
        if (read.message.type === "transmit") expect(toHex(read.message.command)).toBe(String(written["command"]).toLowerCase());
      }
    }),
    { numRuns: 2000 },
  );
});

test("a text longer than any message is passed over unread", () => {
  const padded = `${writeRequest({ session: "s", id: 1, type: "open" }).slice(0, -1)},"more":"${"a".repeat(300_000)}"}`;
  expect(readRequest(padded)).toEqual({ kind: "garbage" });
  expect(readHostMessage(padded)).toEqual({ kind: "garbage" });
});
