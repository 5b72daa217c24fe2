import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readHostMessage, readRequest } from "../../src/transports/message-bridge-messages.ts";
import { isTransportErrorCode } from "../../src/transports/transport-error-codes.ts";

const document = readFileSync(path.join(import.meta.dirname, "../../docs/message-bridge.md"), "utf8");
const [requests = "", answers = ""] = [...document.matchAll(/```json\n(?<lines>[^]*?)```/gu)].map(({ groups }) => groups?.["lines"] ?? "");
const codes = [...document.matchAll(/^\| `(?<code>[a-z]+_[a-z]+|cancelled)` \|/gmu)].map(({ groups }) => groups?.["code"] ?? "");

test("the document's examples are of the protocol, and show every type", () => {
  const read = [...requests.trim().split("\n").map(readRequest), ...answers.trim().split("\n").map(readHostMessage)];
  const types = read.map((each) => (each.kind === "message" ? each.message.type : each.kind));
  expect(types).toEqual(["open", "transmit", "cancel", "close", "opened", "response", "closed", "error", "removed"]);
});

test("the document's codes are the transport's", () => {
  expect(codes).toHaveLength(7);
  expect(codes.filter((code) => !isTransportErrorCode(code))).toEqual([]);
});
