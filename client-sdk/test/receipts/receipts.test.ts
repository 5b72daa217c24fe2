import { beforeAll, describe, expect, test } from "vitest";
import { sha256, toBase64Url, utf8 } from "../../src/bytes.ts";
import { type ReceiptChainOptions, verifyReceipt, verifyReceiptChain } from "../../src/receipts/index.ts";
import { type Json, makeBridge, type ReceiptBridge, withheld } from "./bridge.ts";

let bridge: ReceiptBridge;
let other: ReceiptBridge;
let log: Json[];
beforeAll(async () => {
  [bridge, other] = [await makeBridge(), await makeBridge()];
  log = await bridge.write(5);
});
const first = (): Json => log[0] ?? {};
const zero = "A".repeat(43);

describe("one receipt", () => {
  test("as it was written", async () => {
    const { id, at, kind, person, detail, previous_hash: previousHash, hash } = first();
    expect(await verifyReceipt(first(), bridge.keys)).toEqual({ valid: true, receipt: { content: { id, at, kind, person, detail }, previousHash, hash } });
  });

  test("whose content is withheld shows that something stands there", async () => {
    const { previous_hash: previousHash, hash } = first();
    expect(await verifyReceipt(await withheld(first()), bridge.keys)).toEqual({ valid: true, receipt: { content: null, previousHash, hash } });
  });

  test("whose number alone was changed is the same: places are told by hashes", async () => {
    expect((await verifyReceipt({ ...first(), sequence: 9 }, bridge.keys)).valid).toBe(true);
  });

  const rows: [name: string, change: (receipt: Json) => unknown, reason: string][] = [
    ["another id", (receipt) => ({ ...receipt, id: "r9" }), "altered"],
    ["another time", (receipt) => ({ ...receipt, at: 1 }), "altered"],
    ["another kind", (receipt) => ({ ...receipt, kind: "other" }), "altered"],
    ["another person", (receipt) => ({ ...receipt, person: "another" }), "altered"],
    ["nobody", (receipt) => ({ ...receipt, person: null }), "altered"],
    ["another detail", (receipt) => ({ ...receipt, detail: { client: "bank" } }), "altered"],
    ["another hash", (receipt) => ({ ...receipt, hash: zero }), "altered"],
    ["another hash before", (receipt) => ({ ...receipt, previous_hash: receipt["hash"] }), "altered"],
    ["content withheld that hashes to something else", (receipt) => ({ ...receipt, content_hash: zero }), "altered"],
    ["another's signature", (receipt) => ({ ...receipt, signature: log[1]?.["signature"] }), "signature"],
    ["a signature cut short", (receipt) => ({ ...receipt, signature: String(receipt["signature"]).slice(0, 84) }), "signature"],
    ["no signature", ({ signature: _signature, ...receipt }) => receipt, "unsigned"],
    ["a key nobody has", (receipt) => ({ ...receipt, key: "other" }), "unknown_key"],
    ["no key", ({ key: _key, ...receipt }) => receipt, "malformed"],
    ["a signature that is no base64url", (receipt) => ({ ...receipt, signature: "+" }), "malformed"],
    ["a signature that is a number", (receipt) => ({ ...receipt, signature: 1 }), "malformed"],
    ["a hash too short", (receipt) => ({ ...receipt, hash: "AAAA" }), "malformed"],
    ["no hash before", (receipt) => ({ ...receipt, previous_hash: undefined }), "malformed"],
    ["a hash of the content that is none", (receipt) => ({ ...receipt, content_hash: 1 }), "malformed"],
    ["a time as text", (receipt) => ({ ...receipt, at: "1" }), "malformed"],
    ["no detail", ({ detail: _detail, ...receipt }) => receipt, "malformed"],
    ["a person that is a number", (receipt) => ({ ...receipt, person: 1 }), "malformed"],
    ["null", () => null, "malformed"],
    ["text", () => "receipt", "malformed"],
  ];
  test.for(rows)("%s: refused", async ([, change, reason]) => expect(await verifyReceipt(change(first()), bridge.keys)).toEqual({ valid: false, reason }));

  test("of a bridge whose keys are not these", async () => {
    expect(await verifyReceipt(first(), other.keys)).toEqual({ valid: false, reason: "unknown_key" });
  });

  test("by a key under another's name: a key goes by its thumbprint", async () => {
    const [foreign] = (await other.write(1)).map((receipt) => ({ ...receipt, key: bridge.kid }));
    const renamed = { keys: other.keys.keys.map((key) => ({ ...key, kid: bridge.kid })) };
    expect(await verifyReceipt(foreign, renamed)).toEqual({ valid: false, reason: "unknown_key" });
  });

  test("by a key that is no point of the curve", async () => {
    const kid = toBase64Url(await sha256(utf8(`{"crv":"P-256","kty":"EC","x":"${zero}","y":"${zero}"}`)));
    expect(await verifyReceipt({ ...first(), key: kid }, { keys: [{ kty: "EC", crv: "P-256", x: zero, y: zero, kid }] })).toEqual({ valid: false, reason: "unknown_key" });
  });
});

describe("receipts that follow each other", () => {
  const hashAt = (index: number): string => String(log[index]?.["hash"]);
  const rows: [name: string, part: () => unknown[], options: () => ReceiptChainOptions, verdict: () => object][] = [
    ["the whole log", () => log, () => ({ after: null }), () => ({ valid: true, receipts: 5, head: hashAt(4) })],
    ["a part of it", () => log.slice(2, 4), () => ({}), () => ({ valid: true, receipts: 2, head: hashAt(3) })],
    ["a part between two checkpoints", () => log.slice(2, 4), () => ({ after: hashAt(1), until: hashAt(3) }), () => ({ valid: true, receipts: 2, head: hashAt(3) })],
    ["none", () => [], () => ({}), () => ({ valid: true, receipts: 0, head: null })],
    ["none, where nothing happened since", () => [], () => ({ after: hashAt(4), until: hashAt(4) }), () => ({ valid: true, receipts: 0, head: hashAt(4) })],
    ["none, where something did", () => [], () => ({ after: hashAt(3), until: hashAt(4) }), () => ({ valid: false, at: 0, reason: "cut_off" })],
    ["one missing", () => log.toSpliced(2, 1), () => ({}), () => ({ valid: false, at: 2, reason: "out_of_place" })],
    ["two in each other's place", () => [log[0], log[2], log[1]], () => ({}), () => ({ valid: false, at: 1, reason: "out_of_place" })],
    ["one twice", () => [log[0], log[0]], () => ({}), () => ({ valid: false, at: 1, reason: "out_of_place" })],
    ["the first missing", () => log.slice(1), () => ({ after: null }), () => ({ valid: false, at: 0, reason: "out_of_place" })],
    ["the last missing", () => log.slice(0, 4), () => ({ until: hashAt(4) }), () => ({ valid: false, at: 4, reason: "cut_off" })],
    ["one changed", () => log.with(3, { ...log[3], kind: "other" }), () => ({}), () => ({ valid: false, at: 3, reason: "altered" })],
  ];
  test.for(rows)("%s", async ([, part, options, verdict]) => expect(await verifyReceiptChain(part(), bridge.keys, options())).toEqual(verdict()));

  test("those of others may be withheld", async () => {
    const part = await Promise.all(log.map((receipt) => (receipt["person"] === "somebody" ? receipt : withheld(receipt))));
    expect(await verifyReceiptChain(part, bridge.keys, { after: null })).toMatchObject({ valid: true, receipts: 5 });
  });

  test("they may come one by one", async () => {
    const stream = async function* (): AsyncGenerator<Json> {
      yield* log;
    };
    expect(await verifyReceiptChain(stream(), bridge.keys)).toMatchObject({ valid: true, receipts: 5 });
  });
});
